"""The user's file comes back: every row and column in order, then the answers."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path

import duckdb
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import InputError, ListError
from saber_pipeline.runs.exports import Exported, export_everything, export_list
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import SIZE, World

STAFF = Question("staff", "How many people work there?", AnswerType.NUMBER)
CRM_EXPORT = (
    "Id,Website,Note,Note,Owner\n"
    '0012,https://www.acme.com/about,"a, b","say ""hi""",dana\n'
    '0013,acme.com,,"two\nlines",miro\n'
    "0014,not a site,=1+1,-,dana\n"
    "0015,globex.com,+49 30 1234,@home,\n"
)


def files(world: World, text: str = CRM_EXPORT) -> None:
    """One list that looks like a CRM's export."""
    folder = world.paths.lists(COMPANIES)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crm.csv").write_text(text, encoding="utf-8")


def exported(world: World, file: str, *questions: Question, **how: object) -> Exported:
    return export_list(world.paths, "crm", questions or world.questions, world.data_dir / file, **how)  # type: ignore[arg-type]


def table(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture
def asked(world: World) -> World:
    """The list, asked one question."""
    world.questions = (STAFF,)
    files(world)
    world.run(STAFF, lists=("crm",))
    return world


def test_every_row_and_column_comes_back_in_order(asked: World) -> None:
    """Duplicates and rejected rows too, with headers that repeat, and each with what is known of its company."""
    assert exported(asked, "out.csv", is_escaped=False).rows == 4
    header, *rows = table(asked.data_dir / "out.csv")
    asked_columns = ["staff", "staff_status", "staff_confidence", "staff_source", "staff_age_days"]
    assert header == ["Id", "Website", "Note", "Note", "Owner", *asked_columns]
    with (asked.paths.lists(COMPANIES) / "crm.csv").open(newline="", encoding="utf-8") as original:
        assert [row[:5] for row in rows] == list(csv.reader(original))[1:]
    known = dict(asked.published("SELECT domain, value FROM account_answers"))
    assert [row[5] for row in rows] == [known["acme.com"], known["acme.com"], "", known["globex.com"]]
    assert [row[6] for row in rows] == ["answered", "answered", "rejected", "answered"]
    assert rows[0][8].startswith("http")


def test_what_a_spreadsheet_would_run_is_text(asked: World) -> None:
    """A formula gets an apostrophe; phone numbers and a lone sign are unchanged."""
    exported(asked, "out.csv")
    rows = table(asked.data_dir / "out.csv")
    assert rows[3][2:4] == ["'=1+1", "-"]
    assert rows[4][2:4] == ["+49 30 1234", "'@home"]


def test_a_workbook_keeps_texts_as_texts(asked: World) -> None:
    """Ids keep their zeros, a formula is a text, and numbers are numbers."""
    exported(asked, "out.xlsx")
    with zipfile.ZipFile(asked.data_dir / "out.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    texts = re.findall(r'<c r="(\w+)"[^>]*t="inlineStr"><is><t[^>]*>([^<]*)', sheet)
    assert dict(texts)["A2"] == "0012"
    assert dict(texts)["C4"] == "=1+1"
    assert re.search(r'<c r="F2"><v>[0-9.]+</v>', sheet), "the number of employees is a number"


def test_parquet_has_typed_answers(asked: World) -> None:
    """A number is a DOUBLE, headers that repeat get a number, and the rows keep their order."""
    exported(asked, "out.parquet")
    relation = duckdb.connect().execute(f"FROM read_parquet('{asked.data_dir / 'out.parquet'}')")
    names = [column[0] for column in relation.description or ()]
    assert names[:6] == ["Id", "Website", "Note", "Note_2", "Owner", "staff"]
    rows = relation.fetchall()
    assert [row[0] for row in rows] == ["0012", "0013", "0014", "0015"]
    assert isinstance(rows[0][5], float)


def test_only_what_changed_since_a_day(asked: World) -> None:
    """Rows without a newer answer are left out."""
    newest = asked.published("SELECT max(completed_at) FROM signals")[0][0]
    assert exported(asked, "some.csv", since=newest.replace(year=newest.year - 1)).rows == 3
    assert exported(asked, "none.csv", since=newest.replace(year=newest.year + 1)).rows == 0


@pytest.mark.slow
def test_changes_since_the_last_export(start: StartWorld) -> None:
    """The first export tells every company, the next one nothing, and a new answer its row alone."""
    world = start()
    world.questions = (STAFF, SIZE)
    files(world)
    world.run(STAFF, lists=("crm",))
    first, changes = export_everything(world.paths, "crm", world.questions, [".csv"])
    assert [one.file.name for one in first] == ["crm.csv"]
    assert (first[0].rows, changes.rows) == (4, 3)
    assert export_everything(world.paths, "crm", world.questions, [".csv"])[1].rows == 0
    files(world, CRM_EXPORT + "0016,initech.com,,,\n")
    world.run(STAFF, lists=("crm",))
    _, changes = export_everything(world.paths, "crm", world.questions, [".csv"])
    assert [row[0] for row in table(changes.file)] == ["Id", "0016"]


def test_an_unknown_ending_or_list_is_refused(asked: World) -> None:
    """The error says which there are."""
    with pytest.raises(InputError, match=r"\.csv, \.xlsx or \.parquet"):
        exported(asked, "out.pdf")
    with pytest.raises(ListError, match="it has: crm"):
        export_list(asked.paths, "cmr", asked.questions, asked.data_dir / "out.csv")
