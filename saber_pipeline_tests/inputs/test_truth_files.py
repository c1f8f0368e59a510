"""``truth/*.csv``: what can be used is used, and what cannot is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.inputs.truth_files import read_truth

HEADCOUNT = Question("headcount", "?", AnswerType.NUMBER)
USES = Question("uses_salesforce", "?", AnswerType.BOOLEAN)
REVENUE = Question("revenue", "?", AnswerType.CURRENCY)
PEOPLE = Question("people", "?", AnswerType.CONTACTS)
ROLE = Question("role", "?", about=SubjectType.CONTACT)
QUESTIONS = (HEADCOUNT, USES, REVENUE, PEOPLE, ROLE)


def read_both(folder: Path) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Domain, key and text of everything usable, and the problems as sentences."""
    truth, problems = read_truth(folder, QUESTIONS)
    return [(each.domain, each.question.key, each.told.text) for each in truth], [str(each) for each in problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the files lie in."""
    (tmp_path / "truth").mkdir()
    return tmp_path / "truth"


def test_a_row_has_a_cell_for_each_question(folder: Path) -> None:
    """Domains are normalised as in lists, an empty cell says nothing, and a column of units belongs to its amounts."""
    (folder / "a.csv").write_text(
        "domain,headcount,uses_salesforce,revenue,revenue_currency\n"
        'https://www.Acme.com/about,"1,200",yes,5000000,EUR\n'
        "globex.com,,no,,\n"
    )
    assert read_both(folder) == (
        [
            ("acme.com", "headcount", "1200"),
            ("acme.com", "uses_salesforce", "yes"),
            ("acme.com", "revenue", "5000000 EUR"),
            ("globex.com", "uses_salesforce", "no"),
        ],
        [],
    )


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfWebsite;Headcount\r\nacme.com;12\r\n",
        "sep=\t\ndomain\theadcount\nacme.com\t12\n".encode("utf-16"),
        b"headcount|domain\n12|acme.com\n",
    ],
    ids=["semicolons with a mark", "tabs in UTF-16", "bars, the other way round"],
)
def test_any_program_may_have_written_it(folder: Path, content: bytes) -> None:
    """Encodings, separators, the order and the case of the columns make no difference."""
    (folder / "a.csv").write_bytes(content)
    assert read_both(folder) == ([("acme.com", "headcount", "12")], [])


def test_what_is_wrong_stops_itself_only(folder: Path) -> None:
    """A cell, a row, a column and a file that cannot be used are named with line and cure; all else is used."""
    (folder / "a.csv").write_text(
        "domain,headcount,headcuont,people,role,headcount\n"
        "acme.com,many,1,x,y,7\n"
        "not a domain,5,,,,\n"
        "globex.com,12,,,,\n"
        "initech.com,1,200,,,,,\n"
        "hooli.com,1,200,x,y,z,9\n"
        ",4,,,,\n"
    )
    (folder / "b.csv").write_text("company,headcount\nacme.com,5\n")
    (folder / "c.csv").write_text("")
    (folder / "notes.txt").write_text("hello")
    usable, problems = read_both(folder)
    assert usable == [("globex.com", "headcount", "12"), ("initech.com", "headcount", "1")]
    assert [problem.split(":")[0] for problem in problems] == [
        "truth/a.csv, line 6",
        "truth/a.csv, line 1, column headcuont",
        "truth/a.csv, line 1, column people",
        "truth/a.csv, line 1, column role",
        "truth/a.csv, line 1, column headcount",
        "truth/a.csv, line 2, column headcount",
        "truth/a.csv, line 3, column domain",
        "truth/a.csv, line 7, column domain",
        "truth/b.csv, line 1",
        "truth/c.csv",
        "truth/notes.txt",
    ]
    assert "double quotes" in problems[0]
    assert "did you mean 'headcount'?" in problems[1]
    assert "contacts are not compared" in problems[2]
    assert "twice" in problems[4]
    assert "allowed is a number" in problems[5]
    assert "no column `domain`" in problems[8]
    assert "save it as CSV" in problems[10]


def test_the_first_of_two_that_differ_counts(folder: Path) -> None:
    """Said again it is no problem; said otherwise, the later one is named with the place of the first."""
    (folder / "a.csv").write_text("domain,headcount\nacme.com,12\nwww.acme.com,12.0\n")
    (folder / "b.csv").write_text("domain,headcount\nacme.com,13\n")
    usable, problems = read_both(folder)
    assert usable == [("acme.com", "headcount", "12")]
    assert len(problems) == 1
    assert problems[0].startswith("truth/b.csv, line 2, column headcount: truth/a.csv, line 2 says '12' about acme.com")


def test_no_folder_is_no_truth(tmp_path: Path) -> None:
    """Nobody has to write anything down."""
    assert read_both(tmp_path / "truth") == ([], [])
