"""What ``doctor`` says of a ledger in a database, and of one that was moved."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.cli.checks.finding import Finding, Verdict
from saber_pipeline.cli.checks.ledger_place_check import check_ledger_place
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger import machine_versions
from saber_pipeline.ledger.moved import MOVED
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger, set_value

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress


@pytest.fixture
def settings(tmp_path: Path, new_address: LedgerAddress) -> Settings:
    return Settings(data_dir=tmp_path, ledger_url=new_address)


def found(settings: Settings) -> list[Finding]:
    return list(check_ledger_place(settings))


@pytest.mark.parametrize(
    ("ahead_seconds", "verdict", "said"),
    [(0.0, Verdict.OK, "agrees with"), (95.0, Verdict.WARNING, "ahead of"), (-95.0, Verdict.WARNING, "behind")],
)
def test_a_clock_that_is_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ahead_seconds: float, verdict: Verdict, said: str
) -> None:
    """A machine's clock that is not in step with the database's is named, with the way it is off."""
    right = time.time
    monkeypatch.setattr("saber_pipeline.cli.checks.ledger_place_check.time.time", lambda: right() + ahead_seconds)
    (clock,) = found(settings)
    assert (clock.subject, clock.verdict) == ("clock", verdict)
    assert said in clock.found


def test_a_newer_version(settings: Settings, new_address: LedgerAddress) -> None:
    """Tables that a newer version made are a problem before a run meets them; those of this version are none."""
    with closing(Ledger.open(new_address)) as ledger, ledger.transaction() as connection:
        assert [each.subject for each in found(settings)] == ["clock"]
        set_value(connection, "version", "999")
    first, _ = found(settings)
    assert (first.verdict, "newer version" in first.found) == (Verdict.PROBLEM, True)


def test_a_ledger_that_was_left(settings: Settings) -> None:
    """With the setting of before a move, doctor says where the ledger went."""
    in_a_file = replace(settings, ledger_url=None)
    file = settings.data_dir / "ledger" / "ledger.sqlite"
    assert found(in_a_file) == []
    assert not file.parent.exists()
    with closing(Ledger.open(file)) as ledger, ledger.transaction() as connection:
        set_value(connection, MOVED, "id postgresql://db.example/saber")
    (left,) = found(in_a_file)
    assert (left.verdict, "moved to postgresql://db.example/saber" in left.found) == (Verdict.PROBLEM, True)


def test_versions_of_machines(settings: Settings, new_address: LedgerAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine is told with the versions of its last run; one that is installed anew says so with its next."""

    def run_on(name: str, versions: str) -> list[Finding]:
        with monkeypatch.context() as there, closing(Ledger.open(new_address)) as ledger:
            there.setattr(machine_versions, "this_machines_name", lambda: name)
            there.setattr(machine_versions, "versions_here", lambda: versions)
            with lease(ledger, f"a run on {name}", lease_seconds=60):
                pass
        return [each for each in found(settings) if each.subject == "versions"]

    here = machine_versions.versions_here()
    assert "duckdb" in here
    with closing(Ledger.open(new_address)) as ledger, lease(ledger, "a run here", lease_seconds=60):
        assert [each.subject for each in found(settings)] == ["clock"]
    (first,) = run_on("one", "saber-pipeline 0.1.0")
    assert (first.verdict, "one: saber-pipeline 0.1.0" in first.found) == (Verdict.WARNING, True)
    (second,) = run_on("two", here)
    assert (second.verdict, "two" in second.found) == (Verdict.WARNING, False)
    (third,) = run_on("one", here)
    assert (third.verdict, "2 other machines" in third.found) == (Verdict.OK, True)
    monkeypatch.setattr(machine_versions, "MOST_MACHINES", 4)
    for number in range(6):
        (many,) = run_on(f"container {number}", here)
    assert "4 other machines" in many.found
    eight_days_on = time.time() + 8 * 86_400
    monkeypatch.setattr(machine_versions, "clock", lambda _connection: eight_days_on)
    assert [each.subject for each in found(settings)] == ["clock"]
