"""A hundred strange files in the folder of lists, beside one good list: every command goes on with the good one."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from saber_pipeline.foreign_text import plain_lines
from saber_pipeline.inputs.list_files import look_for_lists
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.command_line.sensor_ticks import tick, why
from saber_pipeline_tests.inputs.strange_files import write_strange_files


@pytest.fixture
def strange(project: Project) -> Project:
    """The project with one list and a hundred strange files."""
    (project.data / "domain_lists" / "prospects.csv").unlink()
    assert write_strange_files(project.data / "domain_lists") >= 100
    return project


def names(project: Project) -> list[str]:
    """Files that somebody might take for lists, as a message shows them; the good list is none of them."""
    found = look_for_lists(project.data / "domain_lists")
    paths = [*found.files.values(), *found.problems]
    return [plain_lines(path.name) for path in paths if path.name != "accounts.csv"]


@pytest.mark.slow
def test_plan_goes_on(strange: Project) -> None:
    """The plan prices the good list alone, and names every other file."""
    typed = saber_pipeline("plan", "--json")
    assert typed.exit_code == 0, typed.stderr
    assert {row["list"] for row in typed.json["rows"]} == {"accounts"}
    assert typed.json["totals"]["due"] == 6
    told = "\n".join(typed.json["not_planned"])
    assert [name for name in names(strange) if name not in told] == []
    others = json.dumps(typed.json["no_lists"])
    assert all(name in others for name in ("notes.txt", "book.xls", "list.csv.zip"))
    assert saber_pipeline("plan").exit_code == 0


@pytest.mark.slow
def test_status_and_doctor_name_them(strange: Project) -> None:
    """Both end by themselves and name what cannot be used; doctor calls the good list good."""
    status, doctor = saber_pipeline("status"), saber_pipeline("doctor")
    assert status.exit_code == 0, status.stderr
    for name in ("json-csv.csv", "zip-csv.csv", "encrypted-parquet.parquet", "same stem.csv", "nowhere.csv"):
        assert name in status.stdout.replace("\n", "")
        assert name in doctor.stdout.replace("\n", "")
    assert "list accounts" in doctor.stdout
    assert saber_pipeline("status", "--json").json["unusable_lists"]


@pytest.mark.slow
def test_domain_lists_registers_the_rest(strange: Project) -> None:
    """The asset reads and publishes the good list, and its Failure names the others; the good list can be asked."""
    read = strange.materialize("domain_lists")
    assert read.exit_code != 0
    for name in ("json-csv.csv", "zip-csv.csv", "encrypted-parquet.parquet", "same stem.csv", "nowhere.csv"):
        assert name in read.failure
    assert "Traceback" not in read.failure
    assert strange.query("SELECT list, count(*) FROM domains GROUP BY ALL") == [("accounts", 3)]
    asked = saber_pipeline("run", "accounts", "--yes")
    assert asked.exit_code == 0, asked.stderr
    assert strange.query("SELECT count(*) FROM signals") == [(6,)]


@pytest.mark.slow
def test_the_sensor_goes_on(strange: Project) -> None:
    """The sensor asks for the good list, and once that is seen it says why it asks for no other."""
    with dg.instance_for_test() as instance:
        first = tick("new_or_changed_lists", instance)
        assert isinstance(first, dg.SensorResult)
        asked = {request.partition_key for request in first.run_requests or ()}
        assert "accounts" in asked
        assert not asked & {"json-csv", "zip-csv", "encrypted-parquet", "same_stem", "nowhere"}
        again = tick("new_or_changed_lists", instance, first.cursor)
        assert isinstance(again, dg.SensorResult)
        assert not again.run_requests
        assert "json-csv.csv" in why(again)
        assert "same stem.csv" in why(again)


def test_subdomains_are_pointed_out(project: Project) -> None:
    """A subdomain of another company of the lists is named with its parent, and is planned all the same."""
    project.write_list("prospects", ["shop.acme.com", "notacme.com", "hooli.com"])
    typed = saber_pipeline("plan", "--json")
    assert typed.json["subdomains"] == [{"list": "prospects", "domain": "shop.acme.com", "of": "acme.com"}]
    assert typed.json["totals"]["due"] == 12
    assert "shop.acme.com is a subdomain of acme.com" in saber_pipeline("plan").stdout
