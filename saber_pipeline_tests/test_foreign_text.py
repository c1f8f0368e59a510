"""Text of others, before it is shown or kept."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.errors import ApiInvalidError, FieldProblem, ListError
from saber_pipeline.foreign_text import code_span, json_for_terminals, one_line, plain_lines

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def steers(text: str) -> list[str]:
    """The characters of ``text`` that a terminal or a log obeys instead of showing them."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in BIDI]


@given(ANY_TEXT, st.integers(1, 60))
def test_one_line(text: str, longest: int) -> None:
    """Whatever is said becomes one line of the length asked for, with nothing in it that steers."""
    line = one_line(text, longest)
    assert steers(line) == []
    assert len(line) <= longest
    assert one_line(line, longest) == line
    line.encode()


@given(ANY_TEXT)
def test_plain_lines(text: str) -> None:
    """A text of several lines keeps them, and nothing else that steers."""
    assert set(steers(plain_lines(text))) <= {"\n", "\t"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain Ω 日本語 👩‍💻", "plain Ω 日本語 👩‍💻"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;title\x07b\x1b]8;;http://x.example\x1b\\c", "abc"),
        ("a\x9b2Jb\x90q\x9cc", "abc"),
        ("one\r\ntwo\u2028three\tfour", "one two three four"),
        ("\u202egpj.exe", "gpj.exe"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("", ""),
    ],
)
def test_what_is_left(text: str, line: str) -> None:
    """Letters of every script stay; whole escape sequences go, and line breaks become spaces."""
    assert one_line(text) == line


@given(st.recursive(ANY_TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3)))
def test_json_for_terminals(value: object) -> None:
    """JSON that is printed says the same, and steers no terminal."""
    printed = json_for_terminals(json.dumps(value, ensure_ascii=False))
    assert json.loads(printed) == value
    assert [c for c in steers(printed) if unicodedata.category(c) != "Cs"] == []


@given(ANY_TEXT)
def test_code_span(text: str) -> None:
    """Markdown shows the text itself: its fence is longer than any run of ticks in it, and its bars end no cell."""
    span = code_span(text)
    if span:
        fence, _, rest = span.partition(" ")
        inner = rest.removesuffix(f" {fence}")
        assert set(fence) == {"`"}
        assert fence not in inner
        assert re.search(r"(?<!\\)\|", inner) is None


def test_errors_steer_nothing() -> None:
    """What an error quotes is harmless wherever the error is shown; one about the API stays on one line."""
    error = ApiInvalidError(
        "refused:\n\x1b[2Jgone" + "x" * 200_000,
        code="A\nB" * 1_000,
        request_id="\x1b]0;t\x07id",
        fields=(FieldProblem("domains[0]\r", "\u202ebad"),),
    )
    assert str(error).startswith("refused: gonexxx")
    assert len(str(error)) <= 2_000
    assert len(error.code or "") <= 200
    assert error.request_id == "id"
    assert error.fields == (FieldProblem("domains[0]", "bad"),)
    assert str(ListError("the list \x1b[31mx\x07.csv:\nline two")) == "the list x.csv:\nline two"
