"""docs/troubleshooting.md lists every message that the package can end with, and none that it cannot."""

from __future__ import annotations

import re

import pytest

import saber_pipeline.errors
from saber_pipeline.api.error_replies import CONNECTOR_VERDICT, KINDS
from saber_pipeline.errors import PipelineError
from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.documents.raised_messages import Message, messages

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<ticks>`+) ?(?P<words>.+?) ?(?P=ticks) \|(?: (?P<error>\w+) \|)? .+ \|$", re.MULTILINE)
MESSAGES = messages(ROOT / "saber_pipeline")
# Put together at the place where they are raised, from parts that vary.
COMPOSED = {
    "3 mistakes in data/questions.yaml:",
    "2 mistakes in data/sources.yaml:",
    "The question …: its template …",
    "The demo's sandbox cannot start: another program uses port",
    "…: the API's reply cannot be read",
    "…: the API refused the request with status …",
    "…: the API redirects the request",
    "…: the API gave up waiting",
    "…: the API may or may not have done this: the reply with status …",
    "…: the API failed with status …",
    f"…: the API {CONNECTOR_VERDICT}",
    *(f"…: the API {verdict.partition(' (')[0].format(key='…')}" for _, verdict in KINDS.values()),
}


def rows() -> dict[str, str | None]:
    """The first words that the tables list, and the class beside them; None where Dagster or DuckDB speaks."""
    return {found["words"].replace("`", ""): found["error"] for found in ROW.finditer(PAGE)}


def matches(message: Message, words: str) -> bool:
    return message.text.replace("`", "").startswith(words)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.place)
def test_every_message_is_on_the_page(message: Message) -> None:
    """A message that somebody may see is listed by its first words, with the class that carries it."""
    listed = [error for words, error in rows().items() if matches(message, words)]
    assert listed, f"docs/troubleshooting.md lacks a row for {message.carrier} at {message.place}: {message.text}"
    assert message.carrier in listed or message.carrier == "failure", f"{message}: the page says {listed}"


def test_no_message_is_on_the_page_that_does_not_exist() -> None:
    """A message that was reworded or removed leaves the page too."""
    stale = [
        words
        for words, error in rows().items()
        if error is not None and words not in COMPOSED and not any(matches(message, words) for message in MESSAGES)
    ]
    assert not stale
    assert rows().keys() >= COMPOSED


def test_every_class_of_error_is_on_the_page() -> None:
    """Whoever meets a class in a traceback or in code finds it there."""
    tree = [
        each
        for each in vars(saber_pipeline.errors).values()
        if isinstance(each, type) and issubclass(each, PipelineError)
    ]
    leaves = [each.__name__ for each in tree if not any(each in other.__mro__[1:] for other in tree)]
    assert [name for name in leaves if not re.search(rf"\b{name}\b", PAGE)] == []


def test_an_unexpected_end_is_on_the_page() -> None:
    """A line of the log that somebody looks up after a run that an unexpected error ended."""
    words = "The run ended by an error in its own code."
    assert words in rows()
    assert f'"{words}"' in (ROOT / "saber_pipeline" / "runs" / "run_frame.py").read_text(encoding="utf-8")
