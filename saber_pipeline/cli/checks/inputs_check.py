"""Lists and questions, each with its mistakes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from saber_pipeline.cli.checks.finding import Finding, ok, problem, warning
from saber_pipeline.cli.list_text import not_lists
from saber_pipeline.cli.terminal import display_path
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.catalog import Catalog
from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS, SubjectKind
from saber_pipeline.errors import ListError, QuestionsError, StorageError
from saber_pipeline.runs.lists import current_lists, list_folder
from saber_pipeline.runs.truth_and_reviews import read_told_files

_MOST_SHOWN = 20


def check_questions(paths: DataPaths, read: Callable[[], Catalog]) -> Finding:
    """One finding with all mistakes of questions.yaml, which ``read`` reads."""
    file = paths.questions_file
    if not file.exists():
        return problem("questions", f"there is no {display_path(file)}", "`saber-pipeline init` writes one.")
    try:
        catalog = read()
    except QuestionsError as error:
        return problem("questions", str(error), "Correct these lines.")
    return ok("questions", f"{len(catalog.questions):,} in {display_path(file)}")


def check_told_files(paths: DataPaths, read: Callable[[], Catalog]) -> Iterator[Finding]:
    """The unusable parts of truth/*.csv and reviews.csv; nothing without such files."""
    try:
        questions = read().questions
    except QuestionsError:
        return  # another check reports this, and without questions these files mean nothing
    problems = read_told_files(paths, questions)
    if problems is None:
        return
    for each in problems[:_MOST_SHOWN]:
        yield warning(
            "truth and reviews", f"{each}", "The rest of the file is used. docs/quality.md explains the format."
        )
    if len(problems) > _MOST_SHOWN:
        yield warning("truth and reviews", f"{len(problems) - _MOST_SHOWN:,} more", "Correct the questions first.")
    if not problems:
        yield ok("truth and reviews", "every row can be used")


def check_lists(paths: DataPaths, *, other_profiles: bool = False) -> Iterator[Finding]:
    """Reads each list once, into a temporary folder."""
    for kind in KINDS:
        try:
            folder = list_folder(paths, kind)
        except ListError as error:
            yield problem("lists", str(error), "Make the folder readable.")
            continue
        for message in folder.messages:
            yield problem("lists", message, "Runs continue with the other lists.")
        if folder.others:
            yield warning("lists", not_lists(folder.others), "Convert them, or move them away.")
        for message in folder.unmatched:
            yield warning("lists", message, "Runs continue without it.")
        if not folder.files and kind is COMPANIES:
            place = display_path(paths.lists(kind))
            yield problem("lists", f"there is none in {place}", "Put a CSV, Excel or Parquet file of companies there.")
        with tempfile.TemporaryDirectory() as temporary:
            for name in folder.files:
                yield _check_list(paths, kind, name, Path(temporary), other_profiles=other_profiles)


def _check_list(paths: DataPaths, kind: SubjectKind, name: str, folder: Path, *, other_profiles: bool) -> Finding:
    subject = f"{'list' if kind is COMPANIES else 'contact list'} {name}"
    try:
        snapshot = current_lists(paths, kind, [name], folder, other_profiles=other_profiles)[0]
    except (ListError, StorageError) as error:
        return problem(subject, str(error), "Repair the file, or move it away.")
    found = f"{snapshot.subjects:,} {kind.nouns} in {snapshot.rows:,} rows"
    if snapshot.facts is not None and snapshot.facts.runner_up:
        found += f", from the column {snapshot.facts.column_name}, next best {snapshot.facts.runner_up!r}"
    if snapshot.rejected:
        return warning(
            subject,
            f"{found}; {snapshot.rejected:,} rows cannot be used",
            f"After a run, rejected_inputs in {display_path(paths.answers_file)} lists them with reasons.",
        )
    return ok(subject, found)
