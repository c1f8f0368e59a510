"""Commands on terminals of every width: no line is wider than the terminal, and no word is lost."""

from __future__ import annotations

import io
import random
import re
import sys
from collections.abc import Iterator

import pytest

from saber_pipeline.cli import main
from saber_pipeline.cli.sentences import places, wrapped
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import ESCAPES, on_a_terminal, saber_pipeline
from saber_pipeline_tests.command_line.project import Project

COMMANDS = ("doctor", "plan", "status", "answers accounts", "lists", "answers nobody")
LONG = "an_export_of_the_accounts_in_the_north_and_in_the_south_that_somebody_named_with_care.with_an_ending"


class Screen(io.StringIO):
    """A terminal as far as a program asks."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that has asked its questions; since then it has a new list, and a file that is none."""
    with pytest.MonkeyPatch.context() as patch, RunningSandbox(QUICK) as sandbox:
        made = enter(tmp_path_factory.mktemp("asked") / "a project", sandbox.base_url, patch)
        made.write_list("accounts", ["münchen.de", "no domain at all", "acme.com", "acme.com"])
        assert saber_pipeline("run", "--yes").exit_code == 0
        made.write_list("new", [f"company{number}.com" for number in range(20)])
        (made.data / "domain_lists" / LONG).touch()
        yield made


def screen_of(monkeypatch: pytest.MonkeyPatch, command: str, width: int) -> str:
    """What a command of the current folder writes on a terminal of this width."""
    screen = Screen()
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, screen)
    monkeypatch.setenv("COLUMNS", str(width))
    with pytest.raises(SystemExit):
        main(command.split(), prog_name="saber-pipeline")
    return ESCAPES.sub("", screen.getvalue())


def without_numbers(screen: str) -> list[str]:
    """The words in their order. Free disk space and requests left change while one looks."""
    return re.sub(r"\d+", "#", screen).split()


def too_wide(screen: str, width: int) -> list[str]:
    """The lines that are wider, without those that are one word: a path is left whole to be copied."""
    lines = [line.rstrip() for line in screen.splitlines()]
    return [line for line in lines if places(line) > width and " " in line.strip()]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Whatever a command prints for a person, errors included, stands within the terminal's width."""
    for command in COMMANDS:
        screen = screen_of(monkeypatch, command, width)
        assert screen.split(), command
        assert too_wide(screen, width) == [], command


@pytest.mark.slow
def test_a_run_stays_within_a_real_terminal(asked: Project) -> None:
    """At 80 columns the plan, the log and the end of a run fit, as an operating system's terminal shows them."""
    exit_code, screen = on_a_terminal(asked, "run", "new", "-q", "crm", "--yes", columns=80)
    assert exit_code == 0, screen
    assert too_wide(screen, 80) == []
    assert "saber-pipeline answers new" in " ".join(screen.split())


@pytest.mark.usefixtures("asked")
def test_a_narrow_terminal_loses_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told in sentences has the same words, in the same order, at any width; a path stays whole."""
    for command in ("doctor", "answers nobody"):
        wide, *others = (screen_of(monkeypatch, command, width) for width in (1_000, 30, 60))
        for screen in others:
            assert without_numbers(screen) == without_numbers(wide), command
    assert f"data/domain_lists/{LONG}." in screen_of(monkeypatch, "lists", 60).split()


def test_what_is_to_be_done_stands_below_what_was_found(asked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of doctor that goes on does so below its own beginning."""
    del asked
    lines = screen_of(monkeypatch, "doctor", 80).splitlines()
    (place,) = [i for i, line in enumerate(lines) if "3 rows" in line or "4 rows" in line]
    column = lines[place].index("2 companies")
    assert lines[place + 1].startswith(" " * column)
    assert any(line.startswith(" " * column + "-> ") for line in lines[place : place + 4])


def test_lines_are_broken_between_words_only() -> None:
    """Whatever the text and the width: the same words, each line within the width or one word, and its indent kept."""
    dice = random.Random(15)  # noqa: S311 - no secrets
    for _ in range(2_000):
        vocabulary = ["a", "list", "münchen", "東京", "x" * dice.randint(1, 50), "", "(12 pairs),"]
        indent, width = " " * dice.choice([0, 0, 2, 11]), dice.randint(1, 90)
        text = "\n".join(indent + " ".join(["-", *dice.choices(vocabulary, k=dice.randint(0, 15))]) for _ in range(3))
        wrapping = wrapped(text, width, under=dice.choice([0, 3]))
        assert wrapping.split() == text.split()
        assert too_wide(wrapping, width) == []
        if width > len(indent) + 3 + 20:
            assert all(line.startswith(indent) for line in wrapping.splitlines() if line.strip())
    assert wrapped("  one two three four five six seven", 30, under=2) == "  one two three four five six\n    seven"
    assert wrapped("as   it  is", 80) == "as   it  is"
