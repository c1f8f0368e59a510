"""Statements are compiled once in a process, however often it opens its ledger."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

MOST_STATEMENTS = 500
_COMPILED: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)


def share_statements(engine: sa.Engine) -> None:
    """Let an engine of a SQLite file take the statements that another one of this process has compiled already.

    SQLAlchemy compiles them for each engine and for each dialect object: 0.1 s for those of a run.
    """
    engine.dialect = _dialect()
    engine.update_execution_options(compiled_cache=_COMPILED)


@cache
def _dialect() -> sa.Dialect:
    engine = sa.create_engine("sqlite://")
    with engine.connect():  # it learns what this SQLite can do
        pass
    engine.dispose()
    return engine.dialect
