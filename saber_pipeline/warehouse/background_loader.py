"""Loads landed files in a thread of its own while the run still reads more.

DuckDB works without Python's lock, so on two cores a large run has loaded most of its answers by the time it has
read them all. Nothing depends on it: a file is landed and settled before it comes here, and what was not loaded
ahead is loaded by the publication, which finds everything that landed and is not in the warehouse.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.errors import PipelineError
from saber_pipeline.warehouse.load import load_arriving
from saber_pipeline.warehouse.session import WarehouseSession, warehouse_session
from saber_pipeline.warehouse.views import apply_questions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.warehouse.landing import LandedFile

logger = logging.getLogger(__name__)

START_BYTES = 6_000_000
"""Loading begins when so much waits, because opening the warehouse and writing it out cost 0.2 s each time."""

MEMORY_SHARE = 2 / 3
"""Of DuckDB's memory while it loads. What its allocator has freed and holds comes on top, and the run reads meanwhile:
with all of it the peak is 60 MB higher, and no time is saved. The publication has all of it for what does not fit."""

IDLE_SECONDS = 0.5
"""After this time without a new file the warehouse is given back, because other runs want to plan."""


class BackgroundLoader:
    """For one run. ``add`` takes its files; ``session`` gives the warehouse to the run itself.

    While it loads, it holds the warehouse and its lock. It stops for good at the first error; the next load meets
    the same error, and reports it.
    """

    def __init__(self, paths: DataPaths, questions: Sequence[Question], *, memory_limit: str) -> None:
        self._paths = paths
        self._questions = questions
        self._memory_limit = memory_limit
        self._changed = threading.Condition()
        self._waiting: deque[LandedFile] = deque()
        self._is_loading = self._is_wanted = self._is_broken = False
        self._con: duckdb.DuckDBPyConnection | None = None
        self._kept = ExitStack()
        self._session: WarehouseSession | None = None

    def add(self, file: LandedFile) -> None:
        """``file`` has landed. Returns at once."""
        with self._changed:
            self._waiting.append(file)
            self._changed.notify_all()
            is_enough = sum(each.size_bytes for each in self._waiting) >= START_BYTES
            if is_enough and not self._is_loading and not self._is_broken:
                self._is_loading = True
                threading.Thread(target=self._load, name="saber-loading", daemon=True).start()

    @property
    def is_loading(self) -> bool:
        """Whether the thread is at work."""
        return self._is_loading

    @contextmanager
    def session(self) -> Iterator[WarehouseSession]:
        """The open warehouse, as ``warehouse_session`` gives it; where something is being loaded, with all of that."""
        self._end()
        with self._kept as kept:
            session, self._session = self._session, None
            yield session or kept.enter_context(warehouse_session(self._paths, memory_limit=self._memory_limit))

    def close(self) -> None:
        """Stop at once, as after an interruption: what is not committed yet is loaded another time."""
        with self._changed:
            self._waiting.clear()
            if self._con is not None:
                self._con.interrupt()
        self._end()
        self._session = None
        self._kept.close()

    def _end(self) -> None:
        with self._changed:
            self._is_wanted = True
            self._changed.notify_all()
            # Not by joining the thread: one whose join is interrupted is taken for ended (Python 3.11).
            self._changed.wait_for(lambda: not self._is_loading)
            self._is_wanted = False

    def _load(self) -> None:
        try:
            with ExitStack() as stack:
                session = stack.enter_context(warehouse_session(self._paths, memory_limit=_share(self._memory_limit)))
                self._con = session.con
                apply_questions(session.con, self._questions)
                load_arriving(session.con, self._paths, self._arriving(), session.hold)
                if self._is_wanted:
                    # Else DuckDB does so in the run's next transaction, with all its memory beside the run's own.
                    session.con.execute("CHECKPOINT")
                    session.con.execute(f"SET memory_limit = '{self._memory_limit}'")
                    self._kept, self._session = stack.pop_all(), session
        except (PipelineError, duckdb.Error) as error:
            logger.debug("Loading in the background stopped: %s", error)
            self._is_broken = True
        finally:
            with self._changed:
                self._con = None
                self._is_loading = False
                self._changed.notify_all()

    def _arriving(self) -> Iterator[LandedFile | None]:
        """The files as they land, None where none waits, until that lasts or the run wants the warehouse itself."""
        while True:
            if not self._waiting and not self._is_wanted:
                yield None
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_wanted, timeout=IDLE_SECONDS)
                if not self._waiting:
                    return
                file = self._waiting.popleft()
            yield file


def _share(memory_limit: str) -> str:
    """MEMORY_SHARE of a size such as ``200MB``."""
    unit = memory_limit.lstrip("0123456789.")
    return f"{float(memory_limit.removesuffix(unit)) * MEMORY_SHARE:.2f}{unit}"
