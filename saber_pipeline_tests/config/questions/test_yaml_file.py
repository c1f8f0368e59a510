"""A file that is not a YAML mapping of questions is told apart by what is wrong with it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.errors import QuestionsError
from saber_pipeline_tests.config.questions.reports import load, report

if TYPE_CHECKING:
    from pathlib import Path

CRM = "questions:\n  crm: {question: Which CRM?}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file is empty; allowed is a mapping with the key `questions:`"),
        ("# only this\n", "the file is empty; allowed is a mapping with the key `questions:`"),
        ("- crm\n", "1: found a list; allowed is a mapping with the key `questions:`"),
        ("other: 1\n", "1: questions: it is missing; allowed is a mapping of keys to questions"),
        (
            "questions:\n",
            "1: questions: found nothing; allowed is a mapping of keys to questions, at least one",
        ),
        (
            "questions: {}\n",
            ("1: questions: found an empty mapping; allowed is a mapping of keys to questions, at least one"),
        ),
        (CRM + "extra: 1\n", "3: extra: unknown key; allowed is `questions:`, and x-… keys for anchors"),
        (
            "question:\n  crm: {question: Which CRM?}\n",
            "1: question: unknown key (did you mean 'questions'?); allowed is `questions:`, and x-… keys for anchors",
        ),
        (
            "questions:\n\tcrm: 1\n",
            "2: this is not YAML: a tab is not allowed here; indent with spaces",
        ),
        (
            "questions:\n  crm: [1\n  b: 2\n",
            "3: this is not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'",
        ),
        (
            CRM + "---\na: 1\n",
            "3: this is not YAML: expected a single document in the stream, but found another document",
        ),
        ("questions: *nowhere\n", "1: this is not YAML: found undefined alias 'nowhere'"),
        (
            b"questions:\n  crm: {question: Caf\xe9?}\n",
            "2: found bytes that are not UTF-8; save the file as UTF-8",
        ),
        (
            b"questions:\n  crm: \x00\n",
            "2: this is not YAML: unacceptable character #x0000: special characters are not allowed",
        ),
        ("[" * 5000, "it is nested too deeply, or its aliases make it too large; write it out flatter"),
        ("#" * 1_000_001, "it is too large; allowed are 1,000,000 bytes"),
    ],
)
def test_unusable_file(tmp_path: Path, text: str | bytes, expected: str) -> None:
    """What makes a whole file unusable is said with its line and what is allowed."""
    assert expected in report(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    ["Does it: really?", "%age?", "@x?", "`x`?", "*x?", '"Does" it?', "'Does' it?"],
    ids=["colon", *"%@`*", "two", "one"],
)
def test_a_text_that_needs_quotes_is_said_to_need_them(tmp_path: Path, text: str) -> None:
    """YAML's own words for it would not tell an analyst what to do."""
    (mistake,) = report(tmp_path, f"questions:\n  a:\n    question: {text}\n    weight: important\n")
    assert mistake.startswith("3: this is not YAML")
    assert "put a text in quotes" in mistake


def test_no_quotes_are_advised_where_they_would_not_help(tmp_path: Path) -> None:
    """Of a line with too many blanks at its beginning."""
    assert "in quotes" not in str(report(tmp_path, "questions:\n  a:\n    question: x?\n      weight: important\n"))


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a report like any other."""
    with pytest.raises(QuestionsError, match=r"there is no such file; create it") as caught:
        load_questions(tmp_path / "questions.yaml")
    assert str(tmp_path) in str(caught.value)


def test_folder_instead_of_file(tmp_path: Path) -> None:
    """A folder of that name is a report."""
    (tmp_path / "questions.yaml").mkdir()
    with pytest.raises(QuestionsError, match=r"questions\.yaml: this is a folder; allowed is a YAML file"):
        load_questions(tmp_path / "questions.yaml")


def test_path_through_a_file(tmp_path: Path) -> None:
    """A path that the system cannot open is a report with the system's reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(QuestionsError, match="it cannot be read: Not a directory"):
        load_questions(tmp_path / "file" / "questions.yaml")


def test_duplicate_keys_name_both_lines(tmp_path: Path) -> None:
    """Keys given twice, of a question or inside one, are each told with the line of the first."""
    text = "questions:\n  crm:\n    question: Which CRM?\n    question: Which?\n  crm:\n    question: Who?\n"
    assert report(tmp_path, text) == [
        "4: crm.question: the key appears twice, first in line 3; keep one of them",
        "5: crm: the key appears twice, first in line 2; keep one of them",
    ]


def test_anchors_aliases_and_merge_keys(tmp_path: Path) -> None:
    """Anchors, aliases and merge keys work, and what an entry says itself beats what is merged."""
    catalog = load(
        tmp_path,
        (
            "x-slow: &slow {max_age_days: 90, weight: important}\n"
            "questions:\n"
            "  a: {<<: *slow, question: A?}\n"
            "  b: {question: B?, weight: not_important, <<: [*slow, {max_age_days: 1}]}\n"
        ),
    )
    assert [(each.max_age_days, each.weight) for each in catalog.questions] == [
        (90, "important"),
        (90, "not_important"),
    ]


def test_merge_of_something_else(tmp_path: Path) -> None:
    """A merge key over something that is no mapping is told."""
    assert report(tmp_path, "questions:\n  a: {<<: 3, question: A?}\n") == [
        "2: a: << cannot merge this; allowed is a mapping or a list of mappings"
    ]


def test_yaml_bomb(tmp_path: Path) -> None:
    """Aliases that expand to billions of nodes are refused quickly."""
    levels = "".join(f"x-{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    lines = report(tmp_path, f"x-0: &l0 [lol]\n{levels}{CRM}")
    assert lines == ["it is nested too deeply, or its aliases make it too large; write it out flatter"]


def test_alias_to_itself(tmp_path: Path) -> None:
    """An alias inside its own anchor ends in a report, not in endless recursion."""
    assert "nested too deeply" in report(tmp_path, "questions: &q\n  crm: *q\n")[0]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    """A file saved by Windows editors reads like any other."""
    text = b"\xef\xbb\xbf" + CRM.replace("\n", "\r\n").encode()
    assert load(tmp_path, text).by_key("crm").text == "Which CRM?"


def test_folded_text_holds_no_marks(tmp_path: Path) -> None:
    """A text folded over lines is one line, with spaces only."""
    catalog = load(tmp_path, "questions:\n  a:\n    question: >\n      Which\n      CRM?\n")
    assert catalog.by_key("a").text == "Which CRM?"


def test_yaml_1_1_directive(tmp_path: Path) -> None:
    """Where a directive makes yes, no and off booleans, criteria and connectors read the same."""
    text = (
        "%YAML 1.1\n---\nquestions:\n  a:\n    question: A?\n    answer_type: boolean\n"
        "    qualification_criteria: {yes: good, no: poor}\n"
        "    connectors: {salesNavigator: {enabled: off}}\n"
    )
    question = load(tmp_path, text).by_key("a")
    assert question.qualification_criteria == {"yes": "good", "no": "poor"}
    assert question.connectors == {"salesNavigator": {"enabled": "off"}}


def test_surrogate_and_control_characters(tmp_path: Path) -> None:
    """Characters that UTF-8 or a database cannot carry are refused before they reach a request."""
    lines = report(tmp_path, 'questions:\n  a: {question: "Which\\0 CRM?"}\n  b: {question: "\\ud800?"}\n')
    assert [line.partition(" holds ")[2] for line in lines] == ["a control character; remove it"] * 2


_YAML_WORDS = """questions crm question answer_type json_schema boolean number output_schema type object
properties items array string qualification_criteria yes no good max_age_days .inf 1e999 30 null ~ <<: *a &a
!!int !!set x- connectors salesNavigator enabled
off about contact ? | > - , { } [ ] : # " ' %YAML --- ... !foo"""
_WORDS = st.sampled_from(_YAML_WORDS.split())
_PIECES = st.tuples(st.sampled_from(["", " ", "\n", "\n  ", "\n    ", ": ", "\t"]), _WORDS)
_YAML_LIKE = st.lists(_PIECES, max_size=40).map(lambda pieces: "".join(a + b for a, b in pieces))


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(_YAML_LIKE, _YAML_LIKE.map(lambda t: f"questions:\n  crm:\n    {t}"), st.text()))
def test_any_text_loads_or_reports(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in the file, it loads or raises QuestionsError, never anything else."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(QuestionsError):
        assert load_questions(path).questions
