"""The commands of CONTRACT.md for contacts: lists, a range, a sample, a dry run, and a refresh."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.sandbox.sandbox_server import RunningSandbox
    from saber_pipeline_tests.command_line.project import Ended, Project

QUESTIONS = """
questions:
  role:
    question: What is this person's role?
    about: contact
  posts:
    question: What did they post?
    answer_type: contact_posts
    about: contact
  buyer:
    question: Do they buy software?
    answer_type: boolean
    about: contact
    ask_if: role IS NOT NULL
"""
BUYERS = """contact_profile_url,name
https://www.linkedin.com/in/anna-berg/,Anna
de.linkedin.com/in/Bob-Day?trk=x,Bob
https://www.linkedin.com/in/ANNA-BERG,again
https://www.linkedin.com/sales/lead/ACwAAA,seat
https://github.com/cleo-fox,Cleo
"""


def materialize(project: Project, select: str, partition: str, **config: Any) -> Ended:
    command = ["dagster", "asset", "materialize", "-m", "saber_pipeline.definitions", "--select", select]
    command += ["--partition-range" if "..." in partition else "--partition", partition]
    command += ["--config-json", json.dumps({"ops": {"contact_answers": {"config": config}}})]
    return project.run(*command)


@pytest.fixture
def contacts(project: Project) -> Project:
    """A project with two lists of contacts, which share one."""
    project.write_questions(QUESTIONS)
    folder = project.data / "contact_lists"
    folder.mkdir()
    (folder / "buyers.csv").write_text(BUYERS, encoding="utf-8")
    write(folder / "users.csv", "linkedin.com/in/anna-berg", "linkedin.com/in/dan-eck")
    read = project.materialize("contact_lists")
    assert read.exit_code == 0, read.printed
    return project


def write(path: Path, *profiles: str) -> None:
    path.write_text("\n".join(["LinkedIn URL", *profiles, ""]), encoding="utf-8")


def execute(project: Project, partition: str, **tags: str) -> Ended:
    command = ["dagster", "job", "execute", "-m", "saber_pipeline.definitions", "-j", "refresh_contact_answers"]
    every = {"dagster/partition": partition, **{f"saber/{name}": value for name, value in tags.items()}}
    return project.run(*command, "--tags", json.dumps(every))


@pytest.mark.slow
def test_contacts_by_command(contacts: Project, sandbox: RunningSandbox) -> None:
    """A dry run buys nothing, a sample two people, a range the rest, a forced run its question alone, each once."""
    assert contacts.query("SELECT list, row_number, raw_value FROM rejected_inputs ORDER BY 2") == [
        ("buyers", 4, "https://www.linkedin.com/sales/lead/ACwAAA"),
        ("buyers", 5, "https://github.com/cleo-fox"),
    ]
    dry = materialize(contacts, "group:contact_answers", "buyers...users", dry_run=True)
    assert "Of 9 pairs, 6 are to be bought" in dry.printed
    assert (dry.exit_code, sandbox.books()["signals"]) == (0, 0)
    some = materialize(contacts, "group:contact_answers", "buyers...users", sample=2)
    assert (some.exit_code, len({pair["subject"] for pair in sandbox.books()["pairs"]})) == (0, 2)
    both = materialize(contacts, "group:contact_answers", "buyers...users")
    assert both.exit_code == 0, both.printed
    bought = {(pair["subject"], pair["question"]): pair["fresh"] for pair in sandbox.books()["pairs"]}
    assert set(bought.values()) == {1}
    assert len(bought) >= 6  # and who has a role is asked whether they buy
    assert contacts.query("SELECT contact_profile_url, lists FROM contacts ORDER BY ALL") == [
        ("https://www.linkedin.com/in/anna-berg", ["buyers", "users"]),
        ("https://www.linkedin.com/in/bob-day", ["buyers"]),
        ("https://www.linkedin.com/in/dan-eck", ["users"]),
    ]
    forced = materialize(contacts, "contact_answers/role", "users", force_refresh=True)
    assert forced.exit_code == 0, forced.printed
    assert sandbox.books()["signals"] == len(bought) + 2
    assert contacts.query("SELECT count(*) FROM signals WHERE force_refreshed") == [(2,)]


@pytest.mark.slow
def test_tags_of_a_contact_run(contacts: Project, sandbox: RunningSandbox) -> None:
    """With the tag ``collect_only`` nothing is bought; ``force_refresh`` buys every pair of the list again."""
    assert materialize(contacts, "contact_answers/posts", "buyers").exit_code == 0
    collected = execute(contacts, "buyers", collect_only="true")
    assert (collected.exit_code, sandbox.books()["signals"]) == (0, 2)
    forced = execute(contacts, "users", force_refresh="true")
    assert forced.exit_code == 0, forced.printed
    again = contacts.query(
        "SELECT question_key, subject FROM signals WHERE force_refreshed AND question_key <> 'buyer'"
    )
    assert sorted(again) == [
        (question, f"https://www.linkedin.com/in/{name}")
        for question in ("posts", "role")
        for name in ("anna-berg", "dan-eck")
    ]
    assert contacts.query("SELECT count(*) FROM signals WHERE NOT force_refreshed") == [(2,)]
