"""The questions of a data directory as they are now: conditions checked, templates included as far as known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.catalog import Catalog, load_questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saber_pipeline.config.questions.mistakes import Mistakes
    from saber_pipeline.config.questions.question import Question


def bring_inputs(paths: DataPaths) -> None:
    """Make questions, lists and what else people write those of the object store; nothing without one."""
    if paths.store_address is not None:
        from saber_pipeline.store import shared_inputs  # noqa: PLC0415 - not without a store

        shared_inputs.bring_inputs(paths)


def configured_questions(paths: DataPaths) -> Catalog:
    """Raises QuestionsError with every mistake in questions.yaml: file, line, key and what is allowed."""
    return load_questions(
        paths.questions_file, templates_file=paths.known_templates_file, check_conditions=_check_conditions
    )


def _check_conditions(questions: Sequence[Question], lines: Mapping[str, int], mistakes: Mistakes) -> None:
    if not lines:
        return  # DuckDB is not loaded for nothing: every command of Dagster comes by here
    from saber_pipeline.warehouse.ask_if_check import check_conditions  # noqa: PLC0415 - see above

    check_conditions(questions, lines, mistakes)
