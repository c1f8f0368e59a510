"""The questions and sources of a data directory as they are now, templates included as far as they are known."""

from __future__ import annotations

from saber_pipeline.questions.catalog import Catalog, load_questions
from saber_pipeline.sources.reading import load_sources
from saber_pipeline.sources.sources import Sources
from saber_pipeline.warehouse.paths import DataPaths


def configured_questions(paths: DataPaths) -> Catalog:
    """Raises QuestionsError with every mistake in questions.yaml: file, line, key and what is allowed."""
    return load_questions(paths.questions_file, templates_file=paths.known_templates_file)


def configured_sources(paths: DataPaths) -> Sources:
    """Raises SourcesError with every mistake in sources.yaml; without that file nothing is declared."""
    return load_sources(paths.sources_file)
