"""Internationalised domains: stored and joined as ASCII, shown as people write them."""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING

import duckdb
import pytest

from saber_pipeline.cli.answers_command import print_rows
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.report.report_file import write_report
from saber_pipeline.unicode_domains import unicode_domain
from saber_pipeline.warehouse.list_answers import open_list_answers
from saber_pipeline_tests.testbed.world import SIZE, World

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "xn--mnchen-3ya.de": "münchen.de",
    "xn--strae-oqa.de": "straße.de",
    "shop.xn--fiqs8s": "shop.中国",
    "acme.com": "acme.com",
}


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        *NAMES.items(),
        ("xn--99zzzzzzzzz.de", "xn--99zzzzzzzzz.de"),  # no punycode
        ("shop.xn--a.xn--mnchen-3ya.de", "shop.xn--a.münchen.de"),  # a letter that no name may have
        ("xn--i-7iq.ws", "xn--i-7iq.ws"),  # a heart, which IDNA 2008 has no place for
        ("axn--b.com", "axn--b.com"),
        ("xn--", "xn--"),
        ("", ""),
    ],
)
def test_a_domain_is_shown_as_people_write_it(domain: str, name: str) -> None:
    """What is a name is decoded, label by label; what is none stays as it is."""
    assert unicode_domain(domain) == name


def test_nothing_makes_it_fail() -> None:
    """Whatever stands behind xn--, there is an answer, and one that is another name leads back to the domain."""
    dice = random.Random(15)  # noqa: S311 - no secrets
    for _ in range(3_000):
        label = "xn--" + "".join(dice.choices("abcxyz0189-", k=dice.randint(0, 20)))
        name = unicode_domain(f"{label}.de")
        assert name == f"{label}.de" or name.encode("idna" if name.isascii() else "utf-8")


@pytest.mark.slow
def test_tables_answers_and_report_show_both(world: World, tmp_path: Path) -> None:
    """Lists, accounts, a list's answers and the report have the name beside the ASCII form, which is the key."""
    world.write_list(["münchen.de", "straße.de", "shop.中国", "acme.com"])
    world.write_list(["acme.com"], "plain")
    world.run(SIZE, lists=("accounts", "plain"))
    for view in ("domains", "list_rows", "accounts", "account_answers"):
        assert dict(world.published(f"SELECT domain, domain_unicode FROM {view}")) == NAMES  # noqa: S608 - names
    with open_list_answers(world.paths, COMPANIES, "accounts", [SIZE]) as found:
        assert found.columns == ("domain", "domain_unicode", "size")
        assert {row["domain"]: row["domain_unicode"] for row in found.objects()} == NAMES
        found.write_csv(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as text:
        assert {row["domain"]: row["domain_unicode"] for row in csv.DictReader(text)} == NAMES
    with open_list_answers(world.paths, COMPANIES, "plain", [SIZE]) as found:
        assert found.columns == ("domain", "size")
        assert [set(json.loads(json.dumps(row))) for row in found.objects()] == [{"domain", "size"}]
    page = write_report(world.paths).path.read_text("utf-8")
    assert '>münchen.de</a> <span class="soft">xn--mnchen-3ya.de</span>' in page
    assert "<dd>straße.de (xn--strae-oqa.de)</dd>" in page


def test_a_table_shows_both_names_in_one_cell(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """On a screen the name stands behind the domain, and no column repeats what nearly all rows have in common."""
    world.write_list(["münchen.de", "acme.com"])
    world.run(SIZE)
    with open_list_answers(world.paths, COMPANIES, "accounts", [SIZE]) as found:
        print_rows(found, 50, ())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["domain", "size"]
    assert lines[1].startswith("xn--mnchen-3ya.de (münchen.de)  ")
    assert lines[2].startswith("acme.com  ")


def test_every_view_works_under_any_name(world: World) -> None:
    """Whoever attaches the file calls it as they like, and has tables of the same names beside it."""
    world.write_list(["acme.com"])
    world.run()
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{world.paths.answers_file.resolve()}' AS \"Our Answers\" (READ_ONLY)")
        ours = "database_name = 'Our Answers' AND NOT internal"
        views = con.execute(f"SELECT schema_name, view_name FROM duckdb_views() WHERE {ours}").fetchall()  # noqa: S608 - a constant
        tables = con.execute(f"SELECT schema_name, table_name FROM duckdb_tables() WHERE {ours}").fetchall()  # noqa: S608 - likewise
        whole = [f'FROM "Our Answers".{schema}."{name}"' for schema, name in views]
        before = [len(con.execute(query).fetchall()) for query in whole]
        for schema, name in tables:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            con.execute(f'CREATE TABLE {schema}."{name}" (other INTEGER)')
        assert [len(con.execute(query).fetchall()) for query in whole] == before
    assert len(views) > 20
    assert sum(before) > 0
