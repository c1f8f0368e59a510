"""``saber-pipeline answers``: a list as a table, and into files."""

from __future__ import annotations

import csv
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from saber_pipeline.cli.answers_command import cell
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import on_a_terminal, saber_pipeline
from saber_pipeline_tests.command_line.project import Project

QUESTIONS = """
questions:
  uses_salesforce: {question: Does this company use Salesforce?, answer_type: boolean}
  revenue: {question: What is its revenue?, answer_type: currency}
  products: {question: What are its main products?, answer_type: list}
  leaders: {question: Who leads its sales?, answer_type: contacts}
  motion:
    question: How does it sell?
    answer_type: json_schema
    output_schema:
      type: object
      properties: {motion: {type: string}, regions: {type: array, items: {type: string}}, details: {type: object}}
"""


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose lists were asked about every kind of answer; nothing here changes it."""
    with pytest.MonkeyPatch.context() as patch, RunningSandbox(QUICK) as sandbox:
        made = enter(tmp_path_factory.mktemp("answered") / "a project", sandbox.base_url, patch)
        made.write_questions(QUESTIONS)
        run = saber_pipeline("run", "--yes")
        assert run.exit_code == 0, run.stderr
    return made


@pytest.fixture(autouse=True)
def _here(answered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(answered.folder)


@pytest.mark.slow
def test_the_table_has_the_lists_companies_in_the_files_order() -> None:
    """A row for each company of this list only, a column for each question, nested values shortened."""
    lines = saber_pipeline("answers", "accounts").stdout.splitlines()
    columns = ["domain", "uses_salesforce", "revenue", "revenue_currency", "products", "leaders", "motion"]
    assert lines[0].split() == columns
    assert [line.split()[0] for line in lines[1:]] == ["acme.com", "globex.com", "initech.com"]
    assert "entries" in lines[1]
    short = saber_pipeline("answers", "accounts", "-q", "uses_salesforce", "--rows", "1").stdout
    assert short.splitlines()[1].split()[1] in {"yes", "no"}
    assert "1 of 3 companies. --rows shows more" in short


def test_a_csv_holds_every_company_with_nested_values_as_json(answered: Project, tmp_path: Path) -> None:
    """Spreadsheets read it, and the nested cells are JSON that says the same as the database."""
    file = tmp_path / "out.csv"
    written = saber_pipeline("answers", "accounts", "-o", str(file))
    assert written.exit_code == 0, written.stderr
    assert "3 companies" in written.stdout
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    in_database = dict(answered.query("SELECT domain, len(leaders) FROM accounts"))
    assert [row["domain"] for row in rows] == ["acme.com", "globex.com", "initech.com"]
    assert {row["domain"]: len(json.loads(row["leaders"])) for row in rows} == {
        row["domain"]: in_database[row["domain"]] for row in rows
    }
    assert isinstance(json.loads(rows[0]["products"]), list)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.csv"]


def test_parquet_keeps_the_types_of_the_database(answered: Project, tmp_path: Path) -> None:
    """Lists, structs and decimals come back as they are in answers.duckdb; JSON is text, which every reader knows."""
    file = tmp_path / "out.parquet"
    assert saber_pipeline("answers", "prospects", "--parquet", str(file)).exit_code == 0
    assert answered.query("SELECT count(*) FROM duckdb_columns() WHERE data_type LIKE '%details JSON%'") == [(1,)]
    assert "details: string" in str(pq.read_schema(file))
    with duckdb.connect() as con:
        rows = con.execute("FROM read_parquet(?) ORDER BY domain", [str(file)]).fetchall()
    assert rows == answered.query(
        "SELECT COLUMNS(lambda name: name NOT IN ('lists', 'domain_unicode') AND NOT starts_with(name, '_company_')) "
        "FROM accounts WHERE list_contains(lists, 'prospects') ORDER BY domain"
    )


def test_json_is_an_array_of_objects(answered: Project) -> None:
    """One object for each company with the question's column; the whole is one document."""
    told = saber_pipeline("answers", "prospects", "-q", "leaders", "--json").json
    assert [set(row) for row in told] == [{"domain", "leaders"}] * 2
    in_database = dict(answered.query("SELECT domain, len(leaders) FROM accounts"))
    assert {row["domain"]: len(row["leaders"]) for row in told} == {
        name: in_database[name] for name in ("initech.com", "hooli.com")
    }


def test_a_terminal_gets_as_many_columns_as_fit(answered: Project) -> None:
    """No line is longer than the terminal is wide, and the columns left out are named."""
    code, screen = on_a_terminal(answered, "answers", "accounts", columns=60)
    assert code == 0, screen
    table = screen[: screen.index("No room for")]
    assert max(len(line.rstrip()) for line in table.splitlines()) <= 60
    assert "choose columns with -q" in " ".join(screen.split())


def test_a_question_that_no_run_has_asked_is_named(answered: Project) -> None:
    """Its column is not there yet; that is said on stderr, and the rest is shown."""
    answered.write_questions(f"{QUESTIONS}  brand_new: {{question: What is new?}}\n")
    try:
        shown = saber_pipeline("answers", "accounts", "-q", "brand_new", "-q", "products")
    finally:
        answered.write_questions(QUESTIONS)
    assert shown.stdout.splitlines()[0].split() == ["domain", "products"]
    assert shown.stderr == "No column, because not asked yet: brand_new.\n"


@pytest.mark.parametrize(
    "edit", [("leaders:", "chiefs:"), ("answer_type: list", "answer_type: list, verification_mode: lenient")]
)
def test_a_question_edited_since_the_publication_shows_no_answers_of_before(
    answered: Project, edit: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its key would show what was asked before the edit; the note names it, and how to see it published anew."""
    assert edit[0] in QUESTIONS
    answered.write_questions(QUESTIONS.replace(*edit))
    try:
        shown = saber_pipeline("answers", "accounts")
        exported = saber_pipeline("export", "accounts", "--to", "all.csv")
    finally:
        answered.write_questions(QUESTIONS)
    edited = "chiefs" if edit[1] == "chiefs:" else "products"
    assert f"published: {edited}. `saber-pipeline rebuild`" in shown.stderr
    assert edited not in shown.stdout
    assert exported.exit_code == 0
    assert f"leaves the columns of {edited} empty" in caplog.text
    with Path("all.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert {(row[edited], row[f"{edited}_status"]) for row in rows} == {("", "not_asked")}
    assert {row["uses_salesforce_status"] for row in rows} <= {"answered", "not_known"}


def test_what_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that was not asked, a question that is not there, a file that cannot be written, no answers yet."""
    unknown = saber_pipeline("answers", "nobody")
    assert unknown.exit_code == 1
    assert "it has: accounts, prospects" in unknown.stderr
    assert "did you mean 'leaders'" in saber_pipeline("answers", "accounts", "-q", "leader").stderr
    nowhere = saber_pipeline("answers", "accounts", "--csv", str(tmp_path / "not" / "there.csv"))
    assert nowhere.exit_code == 1
    assert "there.csv cannot be written" in nowhere.stderr
    assert saber_pipeline("answers", "accounts", "--csv", "a", "--json").exit_code == 2
    enter(tmp_path / "new", "http://127.0.0.1:9", monkeypatch)
    unasked = saber_pipeline("answers", "accounts")
    assert unasked.exit_code == 1
    assert "saber-pipeline run accounts" in unasked.stderr


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        (3564.0, 3564),
        (43.7, 43.7),
        (True, True),
        (Decimal("1234.5000"), 1234.5),
        (Decimal("40000000.0000"), 40000000),
        ("two\nlines", "two lines"),
        ("x" * 50, "x" * 39 + "…"),
        (["a", "b"], "a; b"),
        ([{"name": "x"}, {"name": "y"}], "2 entries"),
        ([{"name": "x"}], "1 entry"),
        ([], "none"),
        ({"raised": True, "round": None}, "raised: yes"),
        ({"amount": 20000000.0, "investors": [{"name": "x"}]}, "amount: 20,000,000, investors: 1 entry"),
    ],
)
def test_cells_are_short_and_true(value: object, text: object) -> None:
    """Nulls of every kind are nothing, whole numbers whole, texts one line, nested values counted."""
    assert cell(value) == text
    assert type(cell(value)) is type(text)


def test_the_format_follows_the_files_ending(answered: Project, tmp_path: Path) -> None:
    """--output writes what the ending says, a workbook too, and refuses an ending that it does not write."""
    book = tmp_path / "out.xlsx"
    assert saber_pipeline("answers", "prospects", "--output", str(book)).exit_code == 0
    assert zipfile.is_zipfile(book)
    table = tmp_path / "out.csv"
    assert saber_pipeline("answers", "prospects", "-o", str(table)).exit_code == 0
    assert table.read_text().startswith("domain,")
    refused = saber_pipeline("answers", "prospects", "--output", str(tmp_path / "out.pdf"))
    assert refused.exit_code != 0
    assert "a .json, .csv, .xlsx or .parquet file" in refused.stderr
    assert saber_pipeline("answers", "prospects", "--csv", str(table)).exit_code == 0  # as scripts have it


def test_a_json_file_says_what_is_printed(tmp_path: Path) -> None:
    """--output FILE.json holds the same array as --json prints, of a list's answers and of its own file."""
    file = tmp_path / "OUT.JSON"
    assert saber_pipeline("answers", "accounts", "--output", str(file)).exit_code == 0
    assert json.loads(file.read_text()) == saber_pipeline("answers", "accounts", "--json").json
    own = tmp_path / "own.json"
    told = saber_pipeline("export", "accounts", "-q", "uses_salesforce", "--output", str(own))
    assert (told.exit_code, told.stdout) == (0, f"Wrote 3 rows to {own}.\n")
    rows = json.loads(own.read_text())
    assert [row["domain"] for row in rows] == ["acme.com", "globex.com", "initech.com"]
    assert {type(row["uses_salesforce"]) for row in rows} == {bool}


def test_an_ending_that_is_not_written_is_refused_everywhere(tmp_path: Path) -> None:
    """Each command that writes a file names the endings it writes, and writes nothing."""
    for command in (["answers", "accounts"], ["export", "accounts"], ["report"]):
        for name in ("out.pdf", "out", "out.csv.gz"):
            refused = saber_pipeline(*command, "--output", str(tmp_path / name))
            assert refused.exit_code == 1
            assert f"{name} cannot be written" in refused.stderr
            assert (".html" if command == ["report"] else ".json, .csv, .xlsx or .parquet") in refused.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_column_without_any_answer_is_left_out_and_named(answered: Project, tmp_path: Path) -> None:
    """The table has the columns with answers; the others are counted, named, and there when they are asked for."""
    with duckdb.connect(str((answered.folder / "data" / "answers.duckdb").resolve())) as con:
        con.execute("CREATE OR REPLACE TABLE kept AS FROM answers_currency")
        con.execute("DELETE FROM answers_currency")
    try:
        shown = saber_pipeline("answers", "accounts").stdout
        assert shown.splitlines()[0].split() == ["domain", "uses_salesforce", "products", "leaders", "motion"]
        assert "2 columns (revenue, revenue_currency). --all-columns shows them." in shown
        every = saber_pipeline("answers", "accounts", "--all-columns").stdout
        assert every.splitlines()[0].split()[2:4] == ["revenue", "revenue_currency"]
        assert "--all-columns" not in every
        assert saber_pipeline("answers", "accounts", "-q", "revenue").stdout.splitlines()[0].split()[1] == "revenue"
        assert set(saber_pipeline("answers", "accounts", "--json").json[0]) >= {"revenue", "revenue_currency"}
        file = tmp_path / "all.csv"
        saber_pipeline("answers", "accounts", "-o", str(file))
        assert file.read_text().startswith("domain,uses_salesforce,revenue,revenue_currency,")
    finally:
        with duckdb.connect(str((answered.folder / "data" / "answers.duckdb").resolve())) as con:
            con.execute("INSERT INTO answers_currency FROM kept")
            con.execute("DROP TABLE kept")


def test_the_users_file_comes_back(answered: Project, tmp_path: Path) -> None:
    """``export`` writes the list's rows with their answers, and says how many."""
    file = tmp_path / "back.csv"
    done = saber_pipeline("export", "prospects", "--to", str(file), "-q", "revenue")
    assert done.exit_code == 0, done.stderr
    original = (answered.folder / "data" / "domain_lists" / "prospects.csv").read_text().splitlines()
    lines = file.read_text().splitlines()
    assert len(lines) == len(original)
    assert lines[0] == f"{original[0]},revenue,revenue_status,revenue_confidence,revenue_source,revenue_age_days"
    assert all(line.startswith(f"{own},") for own, line in zip(original, lines, strict=True))
    assert f"Wrote {len(original) - 1} rows" in done.stdout
    later = saber_pipeline("export", "prospects", "--to", str(file), "--changed-since", "2999-01-01")
    assert "Wrote 0 rows" in later.stdout
    wrong = saber_pipeline("export", "prospects", "--to", str(file), "--changed-since", "yesterday")
    assert wrong.exit_code == 2
