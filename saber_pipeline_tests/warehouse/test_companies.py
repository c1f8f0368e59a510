"""``companies`` is the newest of what was told, whatever told it and in whatever order it is loaded."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.errors import QuestionsError
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.session import open_warehouse
from saber_pipeline.warehouse.views import COMPANY_PREFIX, apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths

QUESTION = Question(key="q", text="?", answer_type=AnswerType.BOOLEAN)
Told = tuple[dict[str, Any], dict[str, Any]]


def webhook(day: int, signal_id: str | None = None, **company: Any) -> Told:
    about = {"source": "webhook", "domain": "acme.com", "observed_at": f"2026-01-{day:02}T00:00:00Z"}
    return about | {"signal_id": signal_id}, company


def listed(day: int, **company: Any) -> Told:
    about = {"source": "list", "list": "targets", "domain": "acme.com", "observed_at": f"2026-01-{day:02}T00:00:00Z"}
    return about, company


def land_told(paths: DataPaths, stem: str, *told: Told) -> None:
    with LandingWriter(paths.landed_records(RecordKind.COMPANIES), stem) as writer:
        for about, company in told:
            writer.add_record(about, json.dumps(company).encode())
        writer.commit()


TOLD = (
    webhook(3, name="Acme", industry="Retail"),
    webhook(2, name="Old", city="Berlin"),
    listed(1, name="L", size="9"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_newest_of_each_source_counts(paths: DataPaths, order: tuple[int, ...]) -> None:
    """The newest webhook counts as a whole; what it does not tell comes from the list. Files in any order agree."""
    for number, place in enumerate(order):
        land_told(paths, f"f{number}", TOLD[place])
        with open_warehouse(paths) as con:
            load_landed(con, paths)
    with open_warehouse(paths) as con:
        found = con.execute('SELECT "domain", observed_at::VARCHAR, name, industry, city, "size" FROM companies')
        assert found.fetchall() == [("acme.com", "2026-01-03 00:00:00", "Acme", "Retail", None, "9")]


def test_fields_have_their_types_and_nonsense_is_null(paths: DataPaths) -> None:
    """Whole numbers stay exact, also as text; what is none, is empty or does not fit is NULL and fails nothing."""
    land_told(paths, "a", listed(1, founded="99", enrichedData={"liId": 7}, employeeCount=2.5, linkedInFollowers=1e30))
    land_told(paths, "b", webhook(2, founded=1999.0, industry="  ", employeeCount="many", linkedInUrl=None))
    with open_warehouse(paths) as con:
        load_landed(con, paths)
        row = con.execute(
            "SELECT founded, linkedin_id, employee_count, linkedin_followers, industry, linkedin_url FROM companies"
        ).fetchall()
    assert row == [(1999, 7, None, None, None, None)]


@pytest.mark.parametrize("company_first", [True, False])
def test_the_signal_gets_its_company(paths: DataPaths, company_first: bool) -> None:
    """signals.company is what the webhook told, whichever loads first, and stays when the signal gets a newer state."""
    for lands_company in (company_first, not company_first):
        if lands_company:
            land_told(paths, "a", webhook(1, "s1", name="Acme"))
        else:
            land(paths, "s", [raw_signal("s1", None, status="failed")], QUESTION)
        with open_warehouse(paths) as con:
            apply_questions(con, [QUESTION])
            load_landed(con, paths)
    land(paths, "t", [raw_signal("s1", boolean(True))], QUESTION)
    with open_warehouse(paths) as con:
        load_landed(con, paths)
        told = con.execute("SELECT status, company ->> '$.name' FROM latest_answers").fetchall()
        assert told == [("completed", "Acme")]
        assert con.execute("SELECT count(*) FROM internal.companies_to_join").fetchall() == [(0,)]


def test_no_key_can_be_a_company_column(tmp_path: Path) -> None:
    """Columns of companies in accounts have a prefix that no question's key may have; it is refused with its line."""
    file = tmp_path / "questions.yaml"
    file.write_text(f"questions:\n  {COMPANY_PREFIX}name: {{question: What?}}\n")
    with pytest.raises(QuestionsError, match=r"questions.yaml:2: .*the key cannot be used"):
        load_questions(file)


def test_every_company_column_is_in_accounts_with_its_comment(paths: DataPaths) -> None:
    """accounts has one column for each of companies, so named and commented, beside a question named company."""
    question = Question(key="company", text="?", answer_type=AnswerType.BOOLEAN)
    with open_warehouse(paths) as con:
        apply_questions(con, [question])
        of = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = '{}' AND schema_name = 'main'"
        own = dict(con.execute(of.format("companies")).fetchall())
        shown = dict(con.execute(of.format("accounts")).fetchall())
    assert {f"{COMPANY_PREFIX}{name}" for name in own if name != "domain"} <= set(shown)
    assert all(shown.values())
    assert "company" in shown
