"""A messy export goes in and comes out again, whole and in order, and what came out is the same list."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.inputs.snapshots import snapshot_list, snapshot_tables
from saber_pipeline.runs.exports import export_list
from saber_pipeline.runs.list_intake import add_list
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline_tests.inputs.messy_export import HEADER, Messy, messy_export
from saber_pipeline_tests.testbed.world import World

STAFF = Question("staff", "How many people work there?", AnswerType.NUMBER)
FORMATS = pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
INPUTS = pytest.mark.parametrize(("ending", "encoding"), [(".csv", "utf-8"), (".csv.gz", "utf-16"), (".tsv", "utf-8")])


def companies(world: World, path: Path, name: str) -> list[str]:
    """Read the list anew, and publish it; returns its companies in order."""
    snapshot_list(path, name, COMPANIES, world.paths.landed_lists(COMPANIES))
    publish_pending(world.settings, (STAFF,))
    told = world.published("SELECT list, domain FROM domains ORDER BY list, row_number")
    return [domain for list_name, domain in told if list_name == name]


def comes_back(world: World, name: str, ending: str) -> list[list[str]]:
    """The rows of an export with the user's columns alone, as texts."""
    file = world.data_dir / f"out{ending}"
    export_list(world.paths, name, (STAFF,), file, is_escaped=False)
    if ending == ".csv":
        with file.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.reader(opened))[1:]
    elif ending == ".parquet":
        rows = [[cell or "" for cell in row.values()] for row in pq.read_table(file).to_pylist()]
    else:
        sheet = openpyxl.load_workbook(file, read_only=True).worksheets[0]
        rows = [[cell or "" for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    return [[str(cell) for cell in row[: len(HEADER)]] for row in rows]


@pytest.fixture(scope="module")
def messy() -> Messy:
    """The export of 5,000 rows."""
    return messy_export()


@FORMATS
@pytest.mark.sweep(keep=1)
def test_a_messy_export_comes_back_whole(world: World, messy: Messy, ending: str) -> None:
    """Every row in its order and every cell as it was; added as a new list it has the same companies in their order."""
    folder = world.paths.lists(COMPANIES)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crm.csv").write_text(messy.text, encoding="utf-8", newline="")
    assert companies(world, folder / "crm.csv", "crm") == messy.companies
    assert len(messy.rows) == 5_000
    assert comes_back(world, "crm", ending) == [
        # A workbook's cell has line feeds alone, as Excel writes them.
        [cell.replace("\r\n", "\n") if ending == ".xlsx" else cell for cell in row]
        for row in messy.rows
    ]
    again = add_list(world.paths, COMPANIES, world.data_dir / f"out{ending}", "again").preview.path
    assert companies(world, again, "again") == messy.companies


@INPUTS
def test_every_text_format_is_read_alike(world: World, ending: str, encoding: str) -> None:
    """Tabs or semicolons, packed or not: the same rows come back."""
    small = messy_export(300)
    text = small.text
    if ending == ".tsv":
        out = world.data_dir / "list.tsv"
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, delimiter="\t").writerows([HEADER, *small.rows])
    else:
        out = world.data_dir / f"list{ending}"
        out.parent.mkdir(parents=True, exist_ok=True)
        content = text.lstrip("\ufeff").encode(encoding)
        out.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    path = add_list(world.paths, COMPANIES, out, "mine").preview.path
    assert path.name == f"mine{ending}"
    assert companies(world, path, "mine") == small.companies
    assert comes_back(world, "mine", ".csv") == small.rows


def test_dates_of_a_workbook_come_back(world: World) -> None:
    """Days before 1900, and of a workbook that counts from 1904, are the same days in what is exported."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    days = [dt.date(1850, 5, 6), dt.date(1904, 1, 1), dt.date(2024, 2, 29)]
    sheet.append(["Website", "Founded"])
    for number, day in enumerate(days):
        sheet.append([f"firm-{number}.de", day])
    path = world.paths.lists(COMPANIES) / "book.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    assert companies(world, path, "book") == ["firm-0.de", "firm-1.de", "firm-2.de"]
    for ending in (".csv", ".xlsx", ".parquet"):
        assert [row[1] for row in comes_back(world, "book", ending)] == [day.isoformat() for day in days]


def test_the_recipes_for_crms_hold(world: World) -> None:
    """The id of HubSpot and Salesforce stays with its zeros, in UTF-8, one header a column, one row a record."""
    path = world.paths.lists(COMPANIES) / "crm.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    for header, ids in (("Record ID", ["0012", "98765432109"]), ("Account ID", ["0015g00000AbCdE", "0015g00000AbCdF"])):
        path.write_text(f'{header},Company name,Website\n{ids[0]},Zoë,a-firm.de\n{ids[1]},"O, ""Q""",b-firm.de\n')
        companies(world, path, "crm")
        out = world.data_dir / "out.csv"
        export_list(world.paths, "crm", (STAFF,), out)
        content = out.read_bytes().decode("utf-8")
        first, *rows = csv.reader(content.splitlines(), strict=True)
        assert first[:3] == [header, "Company name", "Website"]
        assert len(set(first)) == len(first), "an import maps columns by their names"
        assert all(name and name == name.strip() for name in first)
        assert [row[0] for row in rows] == ids
        assert {len(row) for row in rows} == {len(first)}
    tables = snapshot_tables("crm", COMPANIES, world.paths.landed_lists(COMPANIES))
    assert pq.read_table(tables["rows_path"]).num_rows == 2
