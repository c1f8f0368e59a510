"""``make demo-ui``: Dagster's pages and daemon on the demo's data, with the sandbox behind them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from saber_pipeline.demo.demo_commands import MODULE
from saber_pipeline.demo.sandbox_process import running_sandbox, stop_process
from saber_pipeline.demo.workspace import HOST, DemoError

if TYPE_CHECKING:
    from saber_pipeline.demo.workspace import DemoWorkspace

STOP_SECONDS = 30


def show_pages(workspace: DemoWorkspace, port: int) -> None:
    """Serve until Ctrl-C. DemoError if no demo has run yet, or if Dagster ends by itself."""
    if not workspace.data.answers_file.exists():
        raise DemoError(
            f"There are no answers in {workspace.display_path(workspace.folder)}/ yet. Run `make demo` first."
        )
    with workspace.reserved(), running_sandbox(workspace) as sandbox:
        command = [sys.executable, "-m", "dagster", "dev", "-m", MODULE, "-h", HOST, "-p", str(port)]
        process = subprocess.Popen(  # noqa: S603 - our own command with our own arguments
            command,
            cwd=workspace.folder,
            # Dagster warns at each start that another of its packages has a command like this one.
            env=workspace.environment(sandbox.base_url, os.environ) | {"PYTHONWARNINGS": "ignore:Function"},
        )
        print(
            f"Dagster's pages: http://{HOST}:{port}, in half a minute. Runs that you start there use the sandbox "
            f"({sandbox.base_url}) and cost nothing. Ctrl-C ends both.",
            flush=True,
        )
        try:
            code = process.wait()
        except KeyboardInterrupt:
            stop_process(process, STOP_SECONDS)
            return
    raise DemoError(f"Dagster ended with exit code {code}; its last lines above say why.")
