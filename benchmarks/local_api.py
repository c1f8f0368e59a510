"""The local API as a process of its own, and the few things a benchmark says to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class LocalApi:
    """A running one."""

    base_url: str

    def buy(self, batch: dict[str, Any]) -> None:
        """Buy as a client does, with the body of a batch."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.base_url}/v1/companies/signals/batch", json.dumps(batch, default=dict).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310 - our own address
            pass

    def finish(self) -> None:
        """Let everything bought so far have completed some time ago."""
        self._control("finish")

    def set_latency(self, milliseconds: float) -> None:
        """Answer so much later from now on."""
        self._control("latency", str(milliseconds / 1000))

    def forget_counts(self) -> None:
        """Count requests from zero."""
        self._control("forget_counts")

    def requests(self) -> int:
        """Requests since then, those of the benchmark itself left out."""
        return sum(count for name, count in self._control("counts").items() if "/_bench/" not in name)

    def posts(self) -> int:
        """Purchases since then."""
        return sum(count for name, count in self._control("counts").items() if name.startswith("POST /v1/"))

    def bought(self) -> dict[str, int]:
        """How many ``signals`` were bought, and how many different ``pairs`` they are about."""
        return self._control("bought")

    def _control(self, what: str, body: str = "") -> dict[str, int]:
        request = urllib.request.Request(f"{self.base_url}/_bench/{what}", body.encode(), method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - our own address
            told: dict[str, int] = json.load(reply)
            return told


@contextmanager
def local_api(folder: Path, *settings: str) -> Iterator[LocalApi]:
    """Start one with the command's ``settings``; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "api.address"
    ready.unlink(missing_ok=True)
    environment = os.environ | {"NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-m", "benchmarks.server", str(ready), *settings]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603 - our own
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise RuntimeError("the local API did not start")
            time.sleep(0.02)
        yield LocalApi(ready.read_text())
    finally:
        process.terminate()
        process.wait()
