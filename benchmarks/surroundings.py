"""Where and of what a result is: commit, machine, versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from benchmarks.local_api import ROOT

VERSIONS = ("duckdb", "aiohttp", "httpx", "dagster", "pyarrow", "pandas", "dlt")
WRITTEN = ("benchmarks/history.jsonl", "benchmarks/results", "docs")
"""What a run before has written changes nothing of what is measured."""


def surroundings(scale: str) -> dict[str, Any]:
    """The head of a record. ``commit`` ends with ``+`` where tracked files are changed."""
    commit = _git("rev-parse", "--short=7", "HEAD")
    changed = _git("status", "--porcelain", "-uno", "--", ".", *(f":!{place}" for place in WRITTEN))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": (commit or "unknown") + ("+" if changed else ""),
        "scale": scale,
        "cores": os.cpu_count(),
        "memory_gigabytes": round(memory, 1),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS if find_spec(name)},
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip()
