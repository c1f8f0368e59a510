"""Which lists and questions a command is about. The one place where names become a selection.

A run is about subjects of one kind: whoever adds a kind decides here which of its lists and questions
belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saber_pipeline.buying.plan import Selection
from saber_pipeline.errors import ListError, QuestionsError
from saber_pipeline.inputs.list_files import find_list_files
from saber_pipeline.questions.catalog import Catalog, load_questions
from saber_pipeline.questions.mistakes import suggestion
from saber_pipeline.questions.question import Question
from saber_pipeline.settings import Settings, load_settings
from saber_pipeline.warehouse.paths import DataPaths


@dataclass(frozen=True)
class Folder:
    """The project in the current folder, as its files are now."""

    settings: Settings
    catalog: Catalog

    @property
    def paths(self) -> DataPaths:
        """Its data."""
        return DataPaths(self.settings.data_dir)

    @property
    def list_files(self) -> dict[str, Path]:
        """Its lists. Raises ListError where a file's name cannot be a list's."""
        return find_list_files(self.paths.domain_lists)


def open_folder() -> Folder:
    """Raises SettingsError and QuestionsError with every mistake in them."""
    settings = load_settings()
    questions_file = DataPaths(settings.data_dir).questions_file
    if not questions_file.exists():
        raise QuestionsError(
            f"There is no {questions_file}. Nothing was spent. `saber-pipeline init` writes one to start with; "
            "otherwise go to the project's folder, or set SABER_DATA_DIR."
        )
    return Folder(settings, load_questions(questions_file))


def select(
    folder: Folder, list_names: Sequence[str], question_keys: Sequence[str], *, force_refresh: bool = False
) -> Selection:
    """The named lists and questions; all there are where none is named.

    Raises:
        ListError: a list is not there, or there is none.
        QuestionsError: a question is not there, or there is none.
    """
    lists = _chosen_lists(folder, list_names)
    return Selection(lists, chosen_questions(folder, question_keys), force_refresh=force_refresh)


def chosen_questions(folder: Folder, keys: Sequence[str]) -> tuple[Question, ...]:
    """The questions of these keys, in the file's order; all where none is named.

    Raises:
        QuestionsError: there is none of a key, or none at all.
    """
    wanted = {folder.catalog.by_key(key).key for key in keys}
    questions = tuple(question for question in folder.catalog.company if not wanted or question.key in wanted)
    if not questions:
        raise QuestionsError(f"{folder.catalog.path} has no question about companies. Nothing was spent.")
    return questions


def _chosen_lists(folder: Folder, names: Sequence[str]) -> tuple[str, ...]:
    """Sorted, as their partitions are."""
    there = folder.list_files
    place = folder.paths.domain_lists
    if not there:
        raise ListError(
            f"There is no list in {place}. Nothing was spent. Put a CSV or Parquet file with company domains there; "
            "its name becomes the list's name."
        )
    for name in names:
        if name not in there:
            hint = suggestion(name, there)
            raise ListError(
                f"There is no list {name!r} in {place}{hint}. Nothing was spent. There are: {', '.join(there)}."
            )
    return tuple(sorted(set(names) or there))
