"""Shell completion: names of lists and keys of questions in the current folder.

A shell asks while the user types, so nothing is printed. A folder without a project offers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.config.questions.question import Question

LONGEST_HELP = 70
CONTACTS_FLAG = "about_contacts"


def list_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Lists of companies and of contacts that are not typed yet; only those a command can be about."""
    del param
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS, KINDS
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.errors import PipelineError
    from saber_pipeline.runs.lists import list_folder

    kinds = KINDS if CONTACTS_FLAG in _options(ctx) else (COMPANIES,)
    if ctx.params.get(CONTACTS_FLAG):
        kinds = (CONTACTS,)
    try:
        paths = DataPaths(load_settings().data_dir)
        found = {name: kind for kind in reversed(kinds) for name in list_folder(paths, kind).files}
    except (PipelineError, OSError):
        return []
    typed = {*(ctx.params.get("lists") or ()), *(ctx.params.get("names") or ())}
    return [
        CompletionItem(name, help=f"a list of {found[name].nouns}")
        for name in sorted(found)
        if name.startswith(incomplete) and name not in typed
    ]


def question_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of questions.yaml that are not typed yet, with their questions; only those a command can be about."""
    del param
    from saber_pipeline.config.questions.question import SubjectType

    is_about_contacts = ctx.params.get(CONTACTS_FLAG)
    has_contacts = CONTACTS_FLAG in _options(ctx)
    typed = set(ctx.params.get("questions") or ())
    return [
        CompletionItem(each.key, help=one_line(each.text, LONGEST_HELP))
        for each in _questions()
        if each.key.startswith(incomplete)
        and each.key not in typed
        and (has_contacts or each.about is SubjectType.COMPANY)
        and (not is_about_contacts or each.about is SubjectType.CONTACT)
    ]


question_option = click.option(
    "--question",
    "-q",
    "questions",
    metavar="KEY",
    multiple=True,
    shell_complete=question_keys,
    help="Only this question; repeatable.",
)
"""``-q`` as every command has it."""


def _questions() -> tuple[Question, ...]:
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.errors import PipelineError
    from saber_pipeline.runs.configuration import configured_questions

    try:
        return configured_questions(DataPaths(load_settings().data_dir)).questions
    except (PipelineError, OSError):
        return ()


def _options(ctx: click.Context) -> set[str | None]:
    return {param.name for param in ctx.command.params}
