"""Lists in ``saber-pipeline status``: their totals, and lists whose file is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.status_text import section

if TYPE_CHECKING:
    from saber_pipeline.cli.json_output import JsonValue
    from saber_pipeline.cli.selection import Folder
    from saber_pipeline.runs.list_totals import ListTotals


def lists_without_file(folder: Folder) -> dict[str, list[str]]:
    """Names of lists without a file, by folder (domain_lists, contact_lists); only folders with such lists.

    Partition, answers and history of such a list stay, and schedules leave it out.

    Raises:
        SettingsError: there is no Dagster instance here.
        ListError: a folder of lists cannot be read.
    """
    from saber_pipeline.cli.run_history import registered_lists
    from saber_pipeline.config.questions.subject_kinds import KINDS

    found = {}
    for kind, names in zip(KINDS, registered_lists(KINDS), strict=True):
        there = folder.list_files(kind)
        found[kind.lists] = [name for name in names if name not in there]
    return {name: gone for name, gone in found.items() if gone}


def print_lists_without_file(gone: dict[str, list[str]]) -> None:
    """A line for each folder, with what to do."""
    for place, names in gone.items():
        say(
            f"Without a file in {place}/, or with two: {', '.join(names)}. Schedules skip these lists; answers and "
            "history are kept. To continue, restore the file (under its old name, if you renamed it)."
        )


def print_totals(found: ListTotals) -> None:
    """A row for each list, without columns that are 0 throughout; then what failed, and when it is tried again."""
    from saber_pipeline.cli.failed_pairs_text import print_failed
    from saber_pipeline.planning.plan import Status

    always = (Status.OWNED, Status.NOT_KNOWN, Status.FAILED, Status.DUE)
    statuses = [s for s in Status if s in always or any(total.counts.get(s) for total in found.totals)]
    section(
        "Lists, with all their questions",
        ["list", "pairs", *(status.value.replace("_", " ") for status in statuses)],
        [[each.list_name, each.asked, *(each.counts.get(s, 0) for s in statuses)] for each in found.totals],
    )
    if found.not_counted:
        say(f"The lists have {found.not_counted:,} pairs, too many to count here. Use: saber-pipeline plan\n")
    for problem in found.problems:
        say(f"Pairs were not counted. {problem}\n")
    print_failed(found.failed)


def totals_as_json(found: ListTotals) -> dict[str, JsonValue]:
    """The totals of lists as JSON, with every count."""
    from saber_pipeline.cli.failed_pairs_text import failed_as_json
    from saber_pipeline.planning.plan import Status

    return {
        "lists": [
            {
                "list": each.list_name,
                "about": each.kind.nouns,
                "asked": each.asked,
                **{status.value: each.counts.get(status, 0) for status in Status},
            }
            for each in found.totals
        ],
        "pairs_not_counted": found.not_counted,
        "failed": failed_as_json(found.failed),
    }
