"""A text is read as it was written: YAML cuts it nowhere unsaid, and what JSON writes is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import ListError, SourcesError
from saber_pipeline.ingest.sources_yaml import load_sources
from saber_pipeline.inputs.lists_yaml import list_options
from saber_pipeline_tests.config.questions.reports import load, report

if TYPE_CHECKING:
    from pathlib import Path

A = "questions:\n  a:\n    "
CUT = "the text ends before ` #`: YAML takes the rest of the line for a comment. Here it is "


@pytest.mark.parametrize(
    ("text", "place", "left"),
    [
        (f"{A}question: Is this company ranked #1 in its market?\n", "3: a.question", "Is this company ranked"),
        (f"{A}question: Ranked #1?\n", "3: a.question", "Ranked"),
        (f"{A}question: Ranked # one?\n", "3: a.question", "Ranked"),
        (f"{A}question: Does it use C  # or F\n", "3: a.question", "Does it use C"),
        (f"{A}question:\tIs it\t#1?\n", "3: a.question", "Is it"),
        (f"{A}question: Does it sell\n      to the #1 of its market?\n", "3: a.question", "Does it sell to the"),
        (
            (
                f"{A}question: Q?\n    answer_type: json_schema\n    output_schema:\n      type: object\n"
                "      properties:\n        p:\n          type: string\n          description: its rank, #1 is best\n"
            ),
            "10: a.output_schema.properties.p.description",
            "its rank,",
        ),
        (
            (
                f"{A}question: Q?\n    answer_type: json_schema\n    output_schema:\n      type: object\n"
                "      properties:\n        p:\n          enum:\n          - Rank #1\n          - other\n"
            ),
            "10: a.output_schema.properties.p.enum.0",
            "Rank",
        ),
    ],
)
def test_a_text_that_ends_before_a_hash(tmp_path: Path, text: str, place: str, left: str) -> None:
    """A plain text whose end YAML takes for a comment is a mistake with its line, what is left of it, and the cure."""
    (line,) = report(tmp_path, text)
    assert line.startswith(f"{place}: {CUT}{left!r}; put the text in quotes")


CHOICE = f"{A}question: Q?\n    answer_type: choice\n    choices:\n    - other\n"
CRITERIA = f"{A}question: Q?\n    answer_type: list\n    qualification_criteria:\n      choices:\n        x:\n"
SCHEMA = f"{A}question: Q?\n    answer_type: json_schema\n    output_schema:\n      type: object\n      properties:\n"


@pytest.mark.parametrize(
    ("text", "place", "left"),
    [
        (f"{CHOICE}    - Team #marketing\n", "7: a.choices.1", "Team"),
        (f"{CHOICE}    - C #\n", "7: a.choices.1", "C"),
        (f"{CHOICE}    - Tier\t#1\n", "7: a.choices.1", "Tier"),
        (
            f"{CRITERIA}          answerValue: good\n          label: Team #sales\n",
            "9: a.qual",
            "Team",
        ),
        (
            f"{SCHEMA}        p: {{type: string}}\n        q:\n          enum:\n          - Team #a\n",
            "11: a.output",
            "Team",
        ),
        (f"{SCHEMA}        p:\n          type: string\n          description: Rank #high\n", "10: a.output", "Rank"),
    ],
)
def test_a_word_that_ends_before_a_hash(tmp_path: Path, text: str, place: str, left: str) -> None:
    """Where any text may stand, one word is cut as well: choices, labels, words and descriptions of schemas."""
    (line,) = report(tmp_path, text)
    assert line.startswith(place)
    assert f"{CUT}{left!r}; put the text in quotes" in line


def test_a_comment_behind_one_choice(tmp_path: Path) -> None:
    """A comment that begins with a blank behind one word is a comment, in lists too."""
    assert load(tmp_path, f"{CHOICE}    - Salesforce # the CRM\n").questions[0].choices == ("Salesforce", "other")


@pytest.mark.parametrize(
    ("text", "place", "left"),
    [
        ("filters:\n      Tier:\n      - Tier #A\n", "5: domain_lists.a.filters.Tier.0", "Tier"),
        ("filters:\n      Tier: Tier #A\n", "4: domain_lists.a.filters.Tier", "Tier"),
        ("filters:\n      Tier:\n      - Big ones #1\n", "5: domain_lists.a.filters.Tier.0", "Big ones"),
        ("column: Website #2\n", "3: domain_lists.a.column", "Website"),
        ("sheet: Sheet #a\n", "3: domain_lists.a.sheet", "Sheet"),
        ("allow:\n    - a.com #1\n", "4: domain_lists.a.allow.0", "a.com"),
    ],
)
def test_texts_of_lists(tmp_path: Path, text: str, place: str, left: str) -> None:
    """lists.yaml likewise, in its columns and sheets and in the lists inside: half a filter leaves out other rows."""
    path = tmp_path / "lists.yaml"
    path.write_text(f"domain_lists:\n  a:\n    {text}")
    with pytest.raises(ListError) as caught:
        list_options(path, COMPANIES, "a")
    told = str(caught.value).splitlines()[1:]
    assert len(told) == 1
    assert told[0].startswith(f"lists.yaml:{place}: {CUT}{left!r}")


def test_tabs_and_escapes_of_lists_and_sources(tmp_path: Path) -> None:
    """A tab behind a key, and what a JSON library writes, mean the same in the other files."""
    path = tmp_path / "lists.yaml"
    path.write_text("domain_lists:\n  a:\n    column:\tWebsite\n    # the right one\n")
    assert list_options(path, COMPANIES, "a").column == "Website"
    path.write_text('{"domain_lists": {"a": {"column": "K\\u00f6ln \\ud83d\\ude80", "sheet": "a\\/b"}}}')
    options = list_options(path, COMPANIES, "a")
    assert (options.column, options.sheet) == ("Köln \U0001f680", "a/b")
    path = tmp_path / "sources.yaml"
    path.write_text("contact_searches:\n  a:\n    job_titles:\n    -\tCEO\n    -\t'VP #1'\n")
    assert load_sources(path).contact_searches[0].job_titles == ("CEO", "VP #1")
    path.write_text('{"contact_searches": {"a": {"keywords": "\\ud83d\\ude80 24\\/7"}}}')
    assert load_sources(path).contact_searches[0].keywords == "\U0001f680 24/7"
    path.write_text("contact_searches:\n  a:\n    job_titles:\n    - C #\n")
    with pytest.raises(SourcesError, match="the text ends before"):
        load_sources(path)


@pytest.mark.parametrize(
    "text",
    [
        "questions:\n  a: {question: Is it #1 or not?}\n",
        "questions:\n  a: {question: Is it #1 or not?,\n      weight: important}\n",
        f"{A}question: Is it #1\n      or not?\n",
    ],
)
def test_a_hash_that_swallows_more_than_the_text(tmp_path: Path, text: str) -> None:
    """Where the comment takes brackets or a line that goes on, the report names the line of the hash and the cure."""
    (line,) = report(tmp_path, text)
    assert line.startswith(f"{text[: text.index('#')].count(chr(10)) + 1}: this is not YAML")
    assert line.endswith("YAML takes text after ` #` for a comment: put a text with ` #` in quotes")


def test_comments_stay_comments(tmp_path: Path) -> None:
    """A comment behind a word, a number, a quoted text or a bracket, and one that two blanks set off, is one."""
    text = (
        "questions: # all\n  a: # the first\n    question: 'Is it #1?' # quoted\n    answer_type: boolean # yes or no\n"
        "    weight: important #very\n    max_age_days: 7 # a week\n"
        "    qualification_criteria: {yes: good, no: poor} # both\n"
        "  b:\n    question: >- # folded\n      Is it #1?\n  c:\n    question: Is it#1?\n"
    )
    assert [q.text for q in load(tmp_path, text).questions] == ["Is it #1?", "Is it #1?", "Is it#1?"]
    sources = tmp_path / "sources.yaml"
    sources.write_text(
        "contact_searches:\n  a:\n    job_titles:\n      - CEO # also founders\n      - VP Sales  # of any region\n"
    )
    assert load_sources(sources).contact_searches[0].job_titles == ("CEO", "VP Sales")


@pytest.mark.parametrize(
    ("title", "left"), [("Head of #1 brand", "Head of"), ("C #dotnet", "C"), ("Rank #1", "Rank"), ("VP # Sales", "VP")]
)
def test_texts_of_sources(tmp_path: Path, title: str, left: str) -> None:
    """sources.yaml is read by the same reader: a search for half a text is not made."""
    sources = tmp_path / "sources.yaml"
    sources.write_text(f"contact_searches:\n  a:\n    keywords: {title}\n")
    if title == "VP # Sales":  # a word with a comment behind it
        assert load_sources(sources).contact_searches[0].keywords == left
        return
    with pytest.raises(SourcesError, match=r"3: .*the text ends before ` #`") as caught:
        load_sources(sources)
    assert repr(left) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"{A}question:\tDoes it?\n    answer_type:\tboolean\t# a comment\n",
        f"{A}question: \t Does it?\t\n    answer_type: boolean\n\t\n",
        f"{A}question\t:\t'Does it?'\t\n    answer_type: boolean\n",
        "questions:\t\n  a:\t\n    question:\t>\n      Does it?\n    answer_type: boolean\n",
        '{\n\t"questions":\t{\n\t\t"a": {"question":\t"Does it?",\t"answer_type": "boolean"}\n\t}\n}\n',
    ],
)
def test_a_tab_behind_a_key(tmp_path: Path, text: str) -> None:
    """A tab between a key, its value and a comment is a blank, as YAML has it; so are those of a JSON file."""
    question = load(tmp_path, text).by_key("a")
    assert (question.text.strip(), question.answer_type) == ("Does it?", "boolean")


def test_tabs_inside_texts(tmp_path: Path) -> None:
    """A tab in quotes stays as it is; one in a plain text is told, and nothing is left out."""
    assert load(tmp_path, f'{A}question: "Does\tit?"\n').by_key("a").text == "Does\tit?"
    (line,) = report(tmp_path, f"{A}question: Does\tit?\n")
    assert line.startswith("3: this is not YAML: a tab is not allowed here")


def test_escapes_of_a_json_library(tmp_path: Path) -> None:
    """A character beyond U+FFFF as two escapes, and an escaped slash, are the characters they stand for."""
    text = '{"questions": {"a": {"question": "Does \\ud83d\\ude80 run 24\\/7 in K\\u00f6ln?"}}}'
    assert load(tmp_path, text).by_key("a").text == "Does \U0001f680 run 24/7 in Köln?"
    lines = report(tmp_path, '{"questions": {"a": {"question": "Half \\ude80\\ud83d?"}}}')
    assert "control character" in lines[0]


@pytest.mark.parametrize("text", ["=", "<<", "2024-01-31", "2024-01-31T10:00:00Z"])
def test_a_text_that_yaml_1_1_gives_a_type(tmp_path: Path, text: str) -> None:
    """YAML 1.2 has no type for an equals sign, for a merge that is no key, nor for a date: each is a text."""
    schema = f"{SCHEMA}        p: {{type: string, enum: [{text}, other], description: {text}}}\n"
    question = load(tmp_path, schema).by_key("a")
    assert question.output_schema is not None
    assert question.output_schema["properties"] == {
        "p": {"type": "string", "enum": [text, "other"], "description": text}
    }
    assert load(tmp_path, f"questions:\n  b:\n    question: {text}\n").by_key("b").text == text
