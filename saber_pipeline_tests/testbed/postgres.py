"""A Postgres server of the tests' own: Debian's programs, a temporary folder, a free local port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from saber_pipeline.advisory_lock import WAREHOUSE
from saber_pipeline.config.secrets import LedgerAddress

START_SECONDS = 120
_numbers = count(1)


@dataclass(frozen=True)
class PostgresServer:
    """A server that runs, and the folder with its data."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql://saber@127.0.0.1:{self.port}/postgres"

    def new_schema(self) -> LedgerAddress:
        """A place for one ledger."""
        import psycopg  # noqa: PLC0415 - it may not be installed

        name = f"ledger_{next(_numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return LedgerAddress(f"{self.url}?options=-csearch_path%3D{name}")

    def end_warehouse_locks(self) -> int:
        """End every connection that holds a warehouse, as an administrator may; how many there were."""
        import psycopg  # noqa: PLC0415 - it may not be installed

        ended = "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_locks WHERE granted AND classid = %s"
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(ended, (WAREHOUSE,)).fetchone()
        return int(row[0]) if row else 0

    def waits_for_a_warehouse(self) -> bool:
        """Whether some connection waits for a warehouse that another one holds."""
        import psycopg  # noqa: PLC0415 - it may not be installed

        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND classid = %s"
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(waiting, (WAREHOUSE,)).fetchone() is not None

    def stop(self) -> None:
        """At once, as a crash would."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        where = ("-D", str(self.folder / "data"), "-l", str(self.folder / "log"))
        _run("pg_ctl", *where, "-o", options, "-t", str(START_SECONDS), "-w", "start")

    def start_again(self) -> None:
        """Nothing where it runs."""
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) != 0:
                self.start()


def why_no_postgres() -> str:
    """Why no server can be started here; empty where one can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed (the extra distributed)"
    if _programs() is None:
        return "Postgres is not installed (Debian's package postgresql)"
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        return "Postgres refuses root, and setpriv is not installed"
    return ""


@contextmanager
def running_postgres(folder: Path) -> Iterator[PostgresServer]:
    """A server in a folder below ``folder`` until the block ends."""
    if os.getuid() == 0:  # Postgres refuses root, and another user cannot enter the folders of pytest
        folder = Path(f"/tmp/saber_postgres_{os.getpid()}")  # noqa: S108 - removed below
        folder.mkdir(mode=0o700)
        shutil.chown(folder, "nobody", "nogroup")
    try:
        _run("initdb", "-D", str(folder / "data"), "-U", "saber", "--auth=trust", "--locale=C.UTF-8", "--no-sync")
        server = PostgresServer(_free_port(), folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda program: int(program.parts[4]))
    return found[-1].parent if found else None


def _run(program: str, *arguments: str) -> None:
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    programs = _programs()
    assert programs is not None
    # No pipes: the server would keep them open.
    subprocess.run(
        [*as_nobody, str(programs / program), *arguments],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=2 * START_SECONDS,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
