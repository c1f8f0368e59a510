"""First steps for an empty project, shown in its first asset, in the order of doing them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.subject_kinds import COMPANIES

if TYPE_CHECKING:
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.config.questions.subject_kinds import SubjectKind


def has_lists(paths: DataPaths, kind: SubjectKind) -> bool:
    """Whether there is anything in the folders of the lists, whatever it is."""
    return any(_holds_anything(folder) for folder in (paths.lists(kind), paths.fetched_lists(kind)))


def first_steps(paths: DataPaths, kind: SubjectKind, questions: Sequence[Question], *, has_key: bool) -> str:
    """What to do where there is no list, in Markdown; ``questions`` are those about this kind."""
    if not questions and kind is not COMPANIES:
        return ""
    folder = f"{_display_path(paths.lists(kind))}{os.sep}"
    add = "saber-pipeline add FILE" if kind is COMPANIES else "saber-pipeline add FILE --contacts"
    steps = [
        f"Put a CSV, Excel or Parquet file with a column of {kind.subject_nouns} into `{folder}`, or call `{add}`.",
        "Materialize this asset. It reads the file and registers it as a list. Nothing is spent.",
    ]
    if not questions:
        steps.append(f"Write questions into `{_display_path(paths.questions_file)}`, and reload the definitions.")
    if not has_key:
        steps.append(
            "Put your key into `.env` as `SABER_API_KEY`. Without one, `saber-pipeline sandbox` prints the settings of "
            "a stand-in with made-up answers."
        )
    steps.append(
        f"Open a question of the group `{kind.answers}`, choose *Materialize*, and select your list. "
        "The run shows its cost before it buys anything; with the option `dry_run` it stops there."
    )
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    return f"**To begin** (when these definitions were loaded, there was no list of {kind.nouns}):\n\n{numbered}"


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(not entry.name.startswith(".") for entry in entries)
    except OSError:
        return False


def _display_path(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
