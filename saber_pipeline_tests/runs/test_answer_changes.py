"""The change feed after a forced refresh over real HTTP: what the sandbox changed, all of it and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline_tests.testbed.world import World, domains, start_world
from saber_pipeline_tests.warehouse.test_publish import DUCKDB_14, needs_duckdb_14

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCHEMA = {
    "type": "object",
    "required": ["is_public"],
    "properties": {
        "is_public": {"type": "boolean"},
        "headquarters": {"type": "object", "properties": {"city": {"type": "string"}, "region": {"type": "string"}}},
        "tools": {"type": "array", "items": {"type": "string"}},
    },
}
BATCHABLE = [t for t in AnswerType if t not in {AnswerType.CONTACTS_GENERATION, AnswerType.CONTACT_ENGAGEMENTS}]
CRITERIA = {
    AnswerType.BOOLEAN: {"yes": "good", "no": "disqualified"},
    AnswerType.NUMBER: {"< 100": "poor", ">= 100": "excellent"},
    AnswerType.LIST: {"Payments": "excellent", "Training": "neutral", "Analytics": "rival"},
}
SCHEMAS = {
    AnswerType.JSON_SCHEMA: SCHEMA,
    AnswerType.CHOICE: choice_schema(["Payments", "Training", "Analytics", "Consulting", "Hardware"]),
}
QUESTIONS = tuple(
    Question(
        f"a_{t.value}",
        f"What about {t.value}?",
        t,
        output_schema=SCHEMAS.get(t),
        qualification_criteria=CRITERIA.get(t),
    )
    for t in BATCHABLE
)
VIEWS = ("qualifications", "account_fit", "answer_changes")
READ_VIEW = (
    "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); "
    "print(sorted(con.execute(sys.argv[2]).fetchall(), key=repr))"
)
FEED = (
    "SELECT question_key, subject, kind, old_value, new_value, added_items, removed_items "
    "FROM answer_changes ORDER BY ALL"
)
ITEM_NAMES: dict[AnswerType, Callable[[Any], str]] = {
    AnswerType.LIST: lambda item: item,
    AnswerType.CONTACTS: lambda item: item["linkedInProfileUrl"].lower(),
    AnswerType.CONTACT_POSTS: lambda item: item["postUrl"],
}


def payload(answer: str | None) -> Any:
    """What an answer of the sandbox says."""
    if answer is None:
        return None
    inner = next(value for key, value in json.loads(answer).items() if key != "type")
    return inner.get("value", inner)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Every question asked about 40 companies, and asked again about all of them by force."""
    with ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path_factory.mktemp("refreshed"), not_known_share=0.15)
        world.questions = QUESTIONS
        world.write_list(domains(40))
        world.run(*QUESTIONS)
        world.purchases_allowed = 2
        world.run(*QUESTIONS, force=True)
        yield world


@pytest.mark.slow
def test_lists_what_the_sandbox_changed(refreshed: World, tmp_path: Path) -> None:
    """Of every batchable type, exactly the answers that differ are listed, with and without the API's own account."""
    differing = refreshed.published(
        "SELECT answer.question_key, answer.subject FROM changes JOIN signals AS answer USING (signal_id) "
        "WHERE change_type NOT IN ('INITIAL', 'NO_CHANGE') ORDER BY ALL"
    )
    feed = refreshed.published(FEED)
    assert [row[:2] for row in feed] == differing
    assert {key for key, _ in differing} == {question.key for question in QUESTIONS}
    assert len(differing) < 40 * len(QUESTIONS) / 2
    assert {kind for _, _, kind, *_ in feed} == {"changed", "added", "removed"}

    alone = tmp_path / "without_change_context.duckdb"
    shutil.copyfile(refreshed.paths.answers_file, alone)
    with duckdb.connect(str(alone)) as con:
        con.execute("DELETE FROM changes")
        assert con.execute(FEED).fetchall() == feed
        assert con.execute("SELECT DISTINCT change_type FROM answer_changes").fetchall() == [("CHANGED",)]


def rows(world: World, answer_type: AnswerType, columns: str) -> list[tuple[Any, ...]]:
    """Columns of the feed for one type, after what the two signals it names say; at least one row."""
    found = world.published(
        f"SELECT old.answer_json, new.answer_json, {columns} FROM answer_changes AS change "  # noqa: S608 - ours
        "JOIN signals AS old ON old.signal_id = previous_signal_id "
        "JOIN signals AS new ON new.signal_id = change.signal_id "
        "JOIN changes AS api ON api.signal_id = change.signal_id AND api.previous_signal_id = old.signal_id "
        f"WHERE change.question_key = 'a_{answer_type}' AND change.subject = old.subject "
        "AND new.completed_at = changed_at AND old.completed_at < changed_at "
        "AND old_answer IS NOT DISTINCT FROM old.answer_json AND new_answer IS NOT DISTINCT FROM new.answer_json"
    )
    listed = f"SELECT count(*) FROM answer_changes WHERE question_key = 'a_{answer_type}'"  # noqa: S608 - ours
    assert [(len(found),)] == world.published(listed)
    assert found
    return found


@pytest.mark.parametrize("answer_type", [AnswerType.NUMBER, AnswerType.PERCENTAGE, AnswerType.CURRENCY])
@pytest.mark.slow
def test_numbers_have_their_difference(refreshed: World, answer_type: AnswerType) -> None:
    """A number's change says by how much and by how many percent; there is none where one side is not known."""
    for old, new, difference, percent, kind in rows(refreshed, answer_type, "difference, percent_change, kind"):
        before, after = payload(old), payload(new)
        if before is None or after is None:
            assert (difference, kind) == (None, "added" if before is None else "removed")
        else:
            assert difference == pytest.approx(after - before)
            assert percent == pytest.approx(100 * (after - before) / abs(before), abs=0.01)


@pytest.mark.parametrize("answer_type", ITEM_NAMES)
def test_items_that_came_and_went(refreshed: World, answer_type: AnswerType) -> None:
    """Items are told by what they are: texts, profile URLs, post URLs. A post with another text is updated."""
    for old, new, added, removed, updated in rows(refreshed, answer_type, "added_items, removed_items, updated_items"):
        before = {ITEM_NAMES[answer_type](item): item for item in payload(old) or ()}
        after = {ITEM_NAMES[answer_type](item): item for item in payload(new) or ()}
        assert added == sorted(after.keys() - before.keys())
        assert removed == sorted(before.keys() - after.keys())
        assert updated == sorted(name for name in before.keys() & after.keys() if before[name] != after[name])


def test_properties_that_came_and_went(refreshed: World) -> None:
    """The properties of an object that are new, gone or different are those that the API names."""
    for _, _, ours, theirs in rows(
        refreshed,
        AnswerType.JSON_SCHEMA,
        "[added_items, updated_items, removed_items], "
        "[list_sort(added_fields), list_sort(updated_fields), list_sort(removed_fields)]",
    ):
        assert ours == theirs


@pytest.mark.parametrize("answer_type", [AnswerType.OPEN_TEXT, AnswerType.URL, AnswerType.BOOLEAN])
def test_values_are_readable(refreshed: World, answer_type: AnswerType) -> None:
    """Both values stand side by side as text, with the API's word for the size of the change."""
    words = {None: None, True: "yes", False: "no"}
    for old, new, *shown, ours, theirs in rows(
        refreshed, answer_type, "old_value, new_value, change.change_type, api.change_type"
    ):
        assert shown == [words.get(value, value) for value in (payload(old), payload(new))]
        assert ours == theirs


@needs_duckdb_14
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.slow
def test_duckdb_14_says_the_same(refreshed: World, view: str) -> None:
    """The oldest DuckDB that opens the file finds the same rows as the newest, cell by cell."""
    said = [
        subprocess.run(
            [sys.executable, "-c", READ_VIEW, str(refreshed.paths.answers_file.resolve()), f"FROM {view}"],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for path in ("", str(DUCKDB_14))
    ]
    assert said[0].count("\n") == 1
    assert len(said[0]) > 1_000
    assert said[0] == said[1]
