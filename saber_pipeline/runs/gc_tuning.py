"""Python's search for garbage in circles, less often while a run makes many objects that are in none."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

YOUNG_OBJECTS = 20_000
"""So many new objects before the next search; Python's own 700 cost 6 % of a large run."""

IMPORTED_OBJECTS = 100_000
"""The same while modules are imported: `import dagster` makes some 240,000 objects that stay."""


def collect_seldom() -> None:
    """In the whole process, for a command: half of its objects are modules being imported, none of them garbage."""
    gc.set_threshold(IMPORTED_OBJECTS, *gc.get_threshold()[1:])


def collect_never() -> None:
    """In the whole process, for a command that ends in seconds."""
    gc.disable()


@cache
def end_without_search() -> None:
    """The process ends without a last search for circles among its modules: a tenth of a short command's time.

    What still has to be written by then is closed by its user, as everywhere here, or by ``atexit``.
    """
    atexit.register(gc.freeze)


@contextmanager
def relaxed_gc() -> Iterator[None]:
    """Until the block ends. What is there already, such as an orchestrator's modules, is left out of the search."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
