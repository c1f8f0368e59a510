"""Compiled statements, shared by every ledger that a process opens."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

MOST_STATEMENTS = 500
_COMPILED: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)


def share_statements(engine: sa.Engine) -> None:
    """Let an engine of a SQLite file use the statements that other engines of this process have compiled.

    SQLAlchemy compiles statements for each engine and dialect object, which takes 0.1 s for those of a run.
    """
    engine.dialect = _dialect()
    engine.update_execution_options(compiled_cache=_COMPILED)


@cache
def _dialect() -> sa.Dialect:
    engine = sa.create_engine("sqlite://")
    with engine.connect():  # the dialect detects what this SQLite supports
        pass
    engine.dispose()
    return engine.dialect
