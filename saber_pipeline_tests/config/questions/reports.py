"""Writes a questions.yaml and gives back its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.catalog import Catalog, load_questions
from saber_pipeline.errors import QuestionsError

if TYPE_CHECKING:
    from pathlib import Path


def load(folder: Path, text: str | bytes, *, templates_file: Path | None = None) -> Catalog:
    path = folder / "questions.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_questions(path, templates_file=templates_file)


def report(folder: Path, text: str | bytes) -> list[str]:
    """The lines after the first, without the file's name."""
    with pytest.raises(QuestionsError) as caught:
        load(folder, text)
    first, *lines = str(caught.value).splitlines()
    noun = "mistake" if len(lines) == 1 else "mistakes"
    assert first == f"{len(lines)} {noun} in {folder / 'questions.yaml'}:"
    return [line.removeprefix("questions.yaml:").strip() for line in lines]
