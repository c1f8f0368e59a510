"""The lists and questions of a command. Only this module turns names into a selection.

A run is about one kind of subject: companies, unless the names are those of contact lists or contact questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.catalog import Catalog
from saber_pipeline.config.questions.mistakes import suggestion
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS, KINDS, SubjectKind, kind_of
from saber_pipeline.config.settings import Settings, load_settings
from saber_pipeline.errors import ListError, QuestionsError
from saber_pipeline.runs.configuration import bring_inputs, configured_questions
from saber_pipeline.runs.lists import list_files, list_folder, list_key, named_key

if TYPE_CHECKING:
    from saber_pipeline.planning.plan import Selection
    from saber_pipeline.runs.lists import ListFolder


@dataclass(frozen=True)
class Folder:
    """The project in the current folder, as its files are now."""

    settings: Settings
    catalog: Catalog

    @property
    def paths(self) -> DataPaths:
        return DataPaths.of(self.settings)

    def list_files(self, kind: SubjectKind) -> dict[str, Path]:
        """The project's lists of a kind. Raises ListError if the folder cannot be read."""
        return list_files(self.paths, kind)


def open_folder(root: Path | None = None) -> Folder:
    """The project in ``root``, or here. Raises SettingsError and QuestionsError with every mistake in them."""
    settings = load_settings(root)
    paths = DataPaths.of(settings)
    bring_inputs(paths)
    if not paths.questions_file.exists():
        raise QuestionsError(
            f"There is no {paths.questions_file}. Nothing was spent. `saber-pipeline init` writes one to start with; "
            "otherwise go to the project's folder, or set SABER_DATA_DIR."
        )
    return Folder(settings, configured_questions(paths))


def select(
    folder: Folder,
    list_names: Sequence[str],
    question_keys: Sequence[str],
    *,
    about_contacts: bool = False,
    force_refresh: bool = False,
    sample: int | None = None,
) -> Selection:
    """The named lists and questions; all of their kind where none is named.

    Raises:
        ListError: a list is not there, or there is none.
        QuestionsError: a question is not there, there is none, or they are about both kinds.
    """
    from saber_pipeline.planning.plan import Selection  # half a second, which commands that plan nothing save

    kind = chosen_kind(folder, list_names, question_keys, about_contacts=about_contacts)
    lists = _chosen_lists(folder, kind, list_names)
    questions = chosen_questions(folder, kind, question_keys)
    return Selection(lists, questions, force_refresh=force_refresh, sample=sample)


def chosen_kind(
    folder: Folder, list_names: Sequence[str], question_keys: Sequence[str], *, about_contacts: bool = False
) -> SubjectKind:
    """The kind of subject of a command: contacts if an option or a question says so, or if all names are contact lists.

    Raises QuestionsError if a question is not there, or they are about both kinds.
    """
    asked = {kind_of(folder.catalog.by_key(key).about) for key in question_keys} | (
        {CONTACTS} if about_contacts else set()
    )
    if len(asked) > 1:
        raise QuestionsError(
            "These questions are about companies and about contacts, but a run is about one of the two. Nothing was "
            "spent. Run twice, with the questions of one kind each."
        )
    if asked:
        return asked.pop()
    names = {named_key(name) for name in list_names}
    is_of_contacts = (
        names and names <= folder.list_files(CONTACTS).keys() and not names <= folder.list_files(COMPANIES).keys()
    )
    return CONTACTS if is_of_contacts else COMPANIES


def chosen_questions(folder: Folder, kind: SubjectKind, keys: Sequence[str]) -> tuple[Question, ...]:
    """The questions of these keys, in the file's order; all about the kind where none is named.

    Raises QuestionsError if there is none of a key, or none at all.
    """
    wanted = {folder.catalog.by_key(key).key for key in keys}
    questions = tuple(each for each in folder.catalog.about(kind.about) if not wanted or each.key in wanted)
    if not questions:
        raise QuestionsError(f"{folder.catalog.path} has no question about {kind.nouns}. Nothing was spent.")
    return questions


def _chosen_lists(folder: Folder, kind: SubjectKind, names: Sequence[str]) -> tuple[str, ...]:
    """Sorted, as their partitions are."""
    entries = list_folder(folder.paths, kind)
    if not entries.files and entries.problems:
        raise ListError("\n".join(("No file in the folder can be used. Nothing was spent.", *entries.messages)))
    if not entries.files:
        raise ListError(
            f"There is no list in {folder.paths.lists(kind)}. Nothing was spent. Put a CSV, Excel or Parquet file with "
            f"{kind.noun} {kind.subject_nouns} there, or use `saber-pipeline add FILE`. To try it with samples: "
            "`saber-pipeline init --with-samples`."
        )
    found = {key for name in names for _, key in named_lists(folder.paths, {kind: entries}, name)}
    return tuple(sorted(found or entries.files))


def named_lists(
    paths: DataPaths, folders: Mapping[SubjectKind, ListFolder], name: str
) -> list[tuple[SubjectKind, str]]:
    """The lists that somebody calls ``name``: at most one of each kind in ``folders``.

    Raises ListError if there is none, or if its file cannot be used.
    """
    key = named_key(name)
    if found := [(kind, key) for kind, entries in folders.items() if key in entries.files]:
        return found
    for entries in folders.values():
        for path, problem in entries.problems.items():
            if list_key(path.name) == key:
                raise ListError(f"The list cannot be used. Nothing was spent. {problem}")
    there = [each for entries in folders.values() for each in entries.files]
    places = " or ".join(str(paths.lists(kind)) for kind in folders)
    others = [kind for kind in KINDS if kind not in folders and key in list_files(paths, kind)]
    hint = suggestion(name, there) or "".join(f" (it is a list of {other.nouns})" for other in others)
    raise ListError(f"There is no list {name!r} in {places}{hint}. Nothing was spent. There are: {', '.join(there)}.")
