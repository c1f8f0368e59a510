"""Versions, disk space, and the file that holds the key."""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from saber_pipeline.cli.checks.finding import Finding, ok, problem, warning

PACKAGES = ("saber-pipeline", "dagster", "duckdb")
LITTLE_BYTES = 2_000_000_000
HARDLY_ANY_BYTES = 200_000_000
GIGABYTE = 1_000_000_000


def check_versions() -> Finding:
    """The versions to name in a support request."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return ok("versions", f"Python {platform.python_version()}, {packages}")


def check_disk(data_dir: Path) -> Finding:
    """A publication writes a copy of the warehouse, so the disk needs space for one more."""
    there = next(path for path in (data_dir, *data_dir.resolve().parents) if path.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / GIGABYTE:,.1f} GB free below {there}"
    if free < HARDLY_ANY_BYTES:
        return problem("disk", found, "Free some space. A run stops when it cannot write.")
    if free < LITTLE_BYTES:
        return warning("disk", found, "Free some space before a large run.")
    return ok("disk", found)


def check_dotenv(folder: Path) -> Iterator[Finding]:
    """Whether others on this machine can read the key."""
    file = folder / ".env"
    if file.is_file() and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield warning(".env", "other users of this machine can read it", "chmod 600 .env")
