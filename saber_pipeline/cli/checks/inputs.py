"""Lists and questions, each with its mistakes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from saber_pipeline.buying.lists import current_lists
from saber_pipeline.cli.checks.finding import Finding, ok, problem, warning
from saber_pipeline.cli.terminal import shown_path
from saber_pipeline.errors import ListError, QuestionsError, StorageError
from saber_pipeline.inputs.list_files import find_list_files
from saber_pipeline.questions.catalog import load_questions
from saber_pipeline.warehouse.paths import DataPaths


def check_questions(paths: DataPaths) -> Finding:
    """All mistakes of questions.yaml in one."""
    file = paths.questions_file
    if not file.exists():
        return problem("questions", f"there is no {shown_path(file)}", "`saber-pipeline init` writes one.")
    try:
        catalog = load_questions(file)
    except QuestionsError as error:
        return problem("questions", str(error), "Correct these lines.")
    return ok("questions", f"{len(catalog.questions):,} in {shown_path(file)}")


def check_lists(paths: DataPaths) -> Iterator[Finding]:
    """Each list is read once, into a folder that goes away again."""
    place = shown_path(paths.domain_lists)
    try:
        names = find_list_files(paths.domain_lists)
    except ListError as error:
        yield problem("lists", str(error), "Rename or move these files.")
        return
    if not names:
        yield problem("lists", f"there is none in {place}", "Put a CSV or Parquet file with company domains there.")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            yield _check_list(paths, name, Path(folder))


def _check_list(paths: DataPaths, name: str, folder: Path) -> Finding:
    subject = f"list {name}"
    try:
        snapshot = current_lists(paths, [name], folder)[0]
    except (ListError, StorageError) as error:
        return problem(subject, str(error), "Repair the file, or move it away.")
    found = f"{snapshot.domains:,} companies in {snapshot.rows:,} rows"
    if snapshot.rejected:
        return warning(
            subject,
            f"{found}; {snapshot.rejected:,} of them cannot be used",
            f"After a run, rejected_inputs in {shown_path(paths.answers_file)} says which, and why.",
        )
    return ok(subject, found)
