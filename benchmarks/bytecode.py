"""Bytecode, as pip leaves it beside the modules that it installs.

A checkout where ``PYTHONDONTWRITEBYTECODE`` is set has none. There every command would compile all of our modules
again, and a tenth of a second that no user pays would be measured.
"""

from __future__ import annotations

import compileall
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("saber_pipeline", "benchmarks")


def compile_as_installed(code: Path) -> None:
    """Write the bytecode of the checkout ``code``: of every module, since compileall compares whole seconds alone."""
    for package in PACKAGES:
        compileall.compile_dir(code / package, quiet=2, force=True)
