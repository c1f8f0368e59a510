"""What every process of the tests would make anew, made once: the same files and objects, without the second they take.

A new warehouse is a copy of one that this version made; tests of making one, and commands that are begun from nothing,
make their own. Dagster reads its forty migration scripts for each run's log, and connects and compiles its statements
for each event: here once. httpx reads all certificates for each client and each sandbox, a fiftieth of a second.
"""

from __future__ import annotations

import functools
import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from httpx._transports import default as httpx_transport

from saber_pipeline.config.paths import check_name
from saber_pipeline.ledger.sqlite_engine import share_statements
from saber_pipeline.warehouse import session
from saber_pipeline.warehouse.schema import create_tables
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.testbed.made_once import made_once
from saber_pipeline_tests.testbed.usual_questions import CLOUD, SIZE

if TYPE_CHECKING:
    import ssl

    import duckdb
    from alembic.config import Config

connect_to_nothing = session.connect_warehouse  # a file that is not there yet stays empty
_read_scripts = ScriptDirectory.from_config


def use(warehouse: Path | None = None) -> None:
    """From here on, in this process and those that are forked from it. ``warehouse``: the one to copy."""
    if warehouse is not None:
        _given.append(warehouse)
    session.connect_warehouse = _connect_to_a_copy
    ScriptDirectory.from_config = _scripts  # type: ignore[method-assign]
    vars(sqlite_event_log)["create_engine"] = _engine
    vars(httpx_transport)["create_ssl_context"] = _tls_context


_given: list[Path] = []


@functools.cache
def new_warehouse() -> Path:
    """A warehouse as it is before its first load, with the views of the questions that most worlds ask."""
    if _given:
        return _given[0]
    return made_once("warehouse", _make_warehouse) / "warehouse.duckdb"


def _make_warehouse(folder: Path) -> None:
    with connect_to_nothing(folder / "warehouse.duckdb") as con:
        create_tables(con)
        apply_questions(con, [SIZE, CLOUD])
        con.execute("DELETE FROM internal.question_catalog")  # the questions are nobody's yet
        con.execute("CHECKPOINT")


def _connect_to_a_copy(
    file: Path, *, memory_limit: str = "200MB", read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    check_name(file)
    if not read_only and not file.exists() and file.parent.is_dir():
        _copy_whole(new_warehouse(), file)
    return connect_to_nothing(file, memory_limit=memory_limit, read_only=read_only)


def _copy_whole(source: Path, target: Path) -> None:
    """Nothing, where the disk does not take it or another process was faster."""
    copied = target.with_name(f".prepared-{os.getpid()}-{threading.get_ident()}")
    with suppress(OSError):
        shutil.copyfile(source, copied)
        os.link(copied, target)
    copied.unlink(missing_ok=True)


_read: dict[tuple[str | None, str | None], ScriptDirectory] = {}


def _scripts(config: Config) -> ScriptDirectory:
    key = (config.config_file_name, config.get_main_option("script_location"))
    if key not in _read:
        _read[key] = _read_scripts(config)
    return _read[key]


@functools.cache
def _engine_of(address: str) -> sa.Engine:
    engine = sa.create_engine(
        address, poolclass=sa.pool.NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    )
    share_statements(engine)
    return engine


def _engine(address: str, **_always_the_same: Any) -> sa.Engine:
    return _engine_of(address)


@functools.cache
def _usual_tls_context(trust_env: bool, _file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=trust_env)


def _tls_context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
    """The same one for all who trust the same certificates; others as they say."""
    if verify is not True or cert is not None:
        return httpx.create_ssl_context(verify, cert, trust_env)
    return _usual_tls_context(trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
