"""An object store of the tests' own: SeaweedFS, which speaks Amazon's S3, on free local ports."""

from __future__ import annotations

import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from saber_pipeline.config.secrets import StoreAddress

START_SECONDS = 120
GRPC_AHEAD = 10_000
"""The program opens a second port so far above each that it is told."""
PORTS = 11_000, 22_000
KEY, SECRET = "saber", "guards_nothing"
BUCKET = "bucket"
_numbers = count(1)


@dataclass
class ObjectServer:
    """A server that runs, or not, and the folder with its data."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What a command has to know beside SABER_STORE_URL."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.ports['s3']}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
        }

    def new_prefix(self) -> StoreAddress:
        """A place for one data directory."""
        return StoreAddress(f"s3://{BUCKET}/data_{next(_numbers)}/sub", self.variables)

    def start(self) -> None:
        """Start it, on the ports that it had before."""
        self.ports = self.ports or {name: _free_port() for name in ("master", "volume", "filer", "s3")}
        config = self.folder / "s3.json"
        who = {"name": "saber", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        config.write_text(json.dumps({"identities": [who]}), "utf-8")
        (self.folder / "data").mkdir(exist_ok=True)
        program = _program()
        assert program is not None
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    program,
                    "server",
                    f"-dir={self.folder / 'data'}",
                    "-ip=127.0.0.1",
                    "-ip.bind=127.0.0.1",
                    "-volume.max=8",
                    "-master.volumeSizeLimitMB=256",
                    "-master.telemetry=false",
                    "-filer=true",
                    f"-filer.localSocket={self.folder / 'filer.sock'}",
                    f"-s3.localSocket={self.folder / 's3.sock'}",
                    "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                    "-s3",
                    f"-s3.config={config}",
                    *(f"-{name}.port={port}" for name, port in self.ports.items()),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def stop(self) -> None:
        """At once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        for port in self.ports.values():
            for socket_file in Path("/tmp").glob(f"seaweedfs-*-{port + GRPC_AHEAD}.sock"):  # noqa: S108 - its own place
                socket_file.unlink(missing_ok=True)

    def freeze(self) -> None:
        """It takes connections, and says nothing any more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def _wait(self) -> None:
        """Until a bucket can be made and written."""
        deadline = time.monotonic() + START_SECONDS
        bucket = f"http://127.0.0.1:{self.ports['filer']}/buckets/{BUCKET}/"
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.ports["s3"]), 1):
                    pass
                for request in (
                    urllib.request.Request(bucket, method="POST"),
                    urllib.request.Request(f"{bucket}.ready", data=b"yes", method="PUT"),  # noqa: S310 - likewise
                ):
                    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - likewise
            except (OSError, urllib.error.URLError) as error:
                if isinstance(error, urllib.error.HTTPError) and error.code == HTTPStatus.CONFLICT:
                    return  # the bucket is there, from before
                assert self.process is not None
                log = (self.folder / "log").read_text("utf-8", "replace")[-2_000:]
                assert self.process.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.1)
            else:
                return


def why_no_object_server() -> str:
    """Why no server can be started here; empty where one can."""
    if find_spec("obstore") is None:
        return "obstore is not installed (the extra distributed)"
    if _program() is None:
        return "SeaweedFS is not installed (the extra object-server)"
    return ""


@contextmanager
def running_object_server(folder: Path) -> Iterator[ObjectServer]:
    """A server with its data below ``folder`` until the block ends."""
    server = ObjectServer(folder)
    try:
        for tries_left in reversed(range(3)):
            try:
                server.start()
                break
            except AssertionError:  # another program was given one of its ports meanwhile
                server.stop()
                server.ports = {}
                if not tries_left:
                    raise
        yield server
    finally:
        server.stop()


def _program() -> str | None:
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.is_file() else shutil.which("weed")


def _free_port() -> int:
    """One with its second port, both below those that the system gives to connections of others."""
    while True:
        port = random.randrange(*PORTS)  # noqa: S311 - no secrets
        with socket.socket() as probe, socket.socket() as second:
            try:
                probe.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + GRPC_AHEAD))
            except OSError:
                continue
            return port
