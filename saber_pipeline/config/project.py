"""The questions of a data directory as they are now, templates included as far as they are known."""

from __future__ import annotations

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.catalog import Catalog, load_questions


def configured_questions(paths: DataPaths) -> Catalog:
    """Raises QuestionsError with every mistake in questions.yaml: file, line, key and what is allowed."""
    return load_questions(paths.questions_file, templates_file=paths.known_templates_file)
