"""Truth in files: read at each publication, checked by a run, the same after a rebuild."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.runs.publication import publish_pending, rebuild_answers
from saber_pipeline_tests.testbed.world import World, domains

BIG = Question("big", "Do they have over 500 people?", AnswerType.BOOLEAN, expected_accuracy=0.75)
QUALITY = "SELECT asked, known, checked, correct, accuracy FROM question_quality WHERE question_key = 'big'"


def published_values(world: World) -> dict[str, str]:
    """What the sandbox answered, by company."""
    return dict(world.published("SELECT domain, value FROM account_answers WHERE question_key = 'big'"))


def write_truth(world: World, rows: dict[str, str], name: str = "known.csv") -> None:
    """A file with what is true."""
    world.paths.truth.mkdir(exist_ok=True)
    text = "domain,big\n" + "".join(f"{domain},{value}\n" for domain, value in rows.items())
    (world.paths.truth / name).write_text(text)


def opposite(word: str) -> str:
    return {"yes": "no", "no": "yes"}[word]


def test_a_run_checks_its_answers_and_says_how_many_are_right(world: World) -> None:
    """Two of three checked answers are right, in the view and in the run's result; no credit is spent for it."""
    world.questions = (BIG,)
    world.write_list(domains(5))
    first = world.run(BIG)
    assert first.accuracy["big"].is_enough
    assert "No answer is checked" in str(first.accuracy["big"])
    answers = published_values(world)
    one, two, three, *_ = answers
    write_truth(world, {one: answers[one], two: answers[two], three: opposite(answers[three]), "other.com": "yes"})
    checked = world.run(BIG)
    assert world.published(QUALITY) == [(5, 5, 3, 2, 0.6667)]
    assert not checked.accuracy["big"].is_enough
    assert str(checked.accuracy["big"]) == "2 of 3 checked answers are correct (66.7%); the question expects 75.0%."
    assert checked.spending.signals_bought == 0


@pytest.mark.slow
def test_what_judges_answers_is_no_part_of_the_question(world: World) -> None:
    """Another expectation, tolerance or minimum of confidence makes nothing due."""
    world.questions = (BIG,)
    world.write_list(domains(2))
    world.run(BIG)
    other = replace(BIG, expected_accuracy=None, min_confidence=0.8, tolerance=0.5)
    assert other.question_id == BIG.question_id
    world.questions = (other,)
    assert world.run(other).spending.signals_bought == 0


@pytest.mark.slow
def test_a_rebuild_gives_the_same(world: World) -> None:
    """The files are read at publication, so that nothing of them is lost with the warehouse."""
    world.questions = (BIG,)
    world.write_list(domains(4))
    world.run(BIG)
    write_truth(world, published_values(world))
    publish_pending(world.settings, world.questions)
    before = world.published("FROM answer_checks ORDER BY ALL"), world.published("FROM question_quality")
    rebuild_answers(world.settings, world.questions)
    assert (world.published("FROM answer_checks ORDER BY ALL"), world.published("FROM question_quality")) == before
    assert before[0]


def test_a_file_that_goes_takes_its_truth_with_it_and_an_unchanged_one_publishes_nothing(world: World) -> None:
    """The tables are what the files say now."""
    world.questions = (BIG,)
    world.write_list(domains(2))
    world.run(BIG)
    write_truth(world, published_values(world))
    assert publish_pending(world.settings, world.questions).publication.changed
    assert not publish_pending(world.settings, world.questions).publication.changed
    (world.paths.truth / "known.csv").unlink()
    publish_pending(world.settings, world.questions)
    assert world.published("SELECT count(*) FROM truth") == [(0,)]


def test_what_is_wrong_is_logged_and_kept_and_the_rest_counts(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A bad row is named with file, line and cure, in the log and in file_problems."""
    world.questions = (BIG,)
    world.write_list(domains(1))
    world.run(BIG)
    write_truth(world, {"company00000.com": "perhaps"}, "bad.csv")
    write_truth(world, published_values(world), "good.csv")
    with caplog.at_level(logging.WARNING):
        publish_pending(world.settings, world.questions)
    assert "Not used: truth/bad.csv, line 2, column big: found 'perhaps'; allowed is yes" in caplog.text
    assert world.published("SELECT file, line, value FROM file_problems") == [("truth/bad.csv", 2, "perhaps")]
    assert world.published(QUALITY)[0][2] == 1
