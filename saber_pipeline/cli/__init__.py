"""The command ``saber-pipeline``: one file for each command, each a thin layer over the code that the assets use.

Imports are inside the commands, so that ``saber-pipeline --help`` and each command start fast.
"""

from __future__ import annotations

from saber_pipeline.cli.entry import main
from saber_pipeline.cli.sandbox_command import SANDBOX_KEY

__all__ = ["SANDBOX_KEY", "main"]
