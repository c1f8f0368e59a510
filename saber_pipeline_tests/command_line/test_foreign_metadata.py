"""What others wrote, as Dagster's pages and the command line show it."""

from __future__ import annotations

import json
import logging

import pytest

from saber_pipeline.cli.exit_codes import Stopped
from saber_pipeline.cli.json_output import print_json
from saber_pipeline.cli.terminal import print_table
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.definitions.metadata import answer_values
from saber_pipeline.definitions.run_logging import LONGEST_LINE, package_log

HOSTILE = "![x](http://tracker.example/p.png) [a](http://b.example) <img src=x> | www.c.example `\x1b[2J\u202e"


def test_answers_are_not_live() -> None:
    """An answer in Dagster's table of values is shown letter by letter: no image is loaded and no link leads away."""
    question = Question("stack", "Which stack?", AnswerType.LIST)
    markdown = answer_values(question, [(HOSTILE, 3), ("yes", 1)])["answers_by_value"].md_str
    row = markdown.splitlines()[2]
    cells = row.replace("\\|", "").split("|")[1:-1]
    assert len(cells) == 3
    assert cells[0].strip().startswith("` ![x](http")
    assert cells[0].strip().endswith("… `")
    assert "\x1b" not in markdown
    assert "\u202e" not in markdown


def test_tables_and_json_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A table shows one line for each row, JSON means the same as before, and neither holds a control character."""
    print_table(["reason"], [[HOSTILE + "\nnext"]])
    print_json({"reason": HOSTILE + "\x9b2J"})
    with pytest.raises(Stopped) as stopped:
        raise Stopped(f"The list {HOSTILE} cannot be read.")
    stopped.value.show()
    told = capsys.readouterr()
    table, _, document = told.out.partition("{")
    assert len(table.splitlines()) == 2
    assert json.loads("{" + document) == {"reason": HOSTILE + "\x9b2J"}
    for shown in (told.out, told.err):
        assert not set(shown) & {"\x1b", "\x9b", "\u202e"}


def test_log_lines() -> None:
    """A line of a run's log stays one line of bounded length, whatever is quoted in it."""
    lines: list[str] = []

    class Log:
        def log(self, _level: int, text: str) -> None:
            lines.append(text)

    with package_log(Log()):  # type: ignore[arg-type]
        logging.getLogger("saber_pipeline.any").warning("The API says: %s", "a\nERROR forged\x1b[31m" + "z" * 100_000)
    assert len(lines) == 1
    assert lines[0].startswith("The API says: a ERROR forgedzzz")
    assert len(lines[0]) == LONGEST_LINE
