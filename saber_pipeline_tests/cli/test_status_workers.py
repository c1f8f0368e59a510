"""``saber-pipeline status`` about the runs that are at work."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import Candidate, claim
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.cli.typed_commands import saber_pipeline

if TYPE_CHECKING:
    from saber_pipeline_tests.command_line.project import Project


@pytest.mark.parametrize("place", ["file", "database"])
def test_each_run_with_what_it_has(
    project: Project, place: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of this machine and of another one, with their pairs; one silent for longer than its lease is not."""
    address = request.getfixturevalue("new_address") if place == "database" else None
    if address is not None:
        monkeypatch.setenv("SABER_LEDGER_URL", address.reveal())
    here = socket.gethostname()
    with (
        closing(Ledger.open(DataPaths(project.data, address).ledger)) as ledger,
        lease(ledger, "one.1", lease_seconds=60),
        lease(ledger, "two.1", lease_seconds=60),
        lease(ledger, "gone.1", lease_seconds=60),
    ):
        with ledger.transaction() as connection:
            for run_id, count in (("one.1", 3), ("two.1", 5), ("gone.1", 7)):
                claim(connection, run_id, [Candidate("q", f"{run_id}{n}.com", is_cached=False) for n in range(count)])
            sent = t.pairs.c.subject.in_(["two.10.com", "two.11.com"])
            connection.execute(t.pairs.update().where(sent).values(state="sent"))
            another = t.runs.update().where(t.runs.c.run_id == "two.1")
            beat = t.runs.c.heartbeat_at
            started = t.runs.c.started_at + 1
            connection.execute(another.values(host="other boot ns", heartbeat_at=beat - 20, started_at=started))
            gone = t.runs.update().where(t.runs.c.run_id == "gone.1")
            connection.execute(gone.values(heartbeat_at=beat - 90))
        told = saber_pipeline("status", "--json").json["workers"]
        shown = saber_pipeline("status").stdout
    silent = [each.pop("last_sign_of_life_seconds") for each in told]
    assert 0 <= silent[0] < 20 <= silent[1] < 40
    assert [tuple(each[name] for name in ("run_id", "host", "claimed", "in_flight")) for each in told] == [
        ("one", here, 3, 0),
        ("two", "other", 3, 2),
    ]
    assert told[0]["process_id"] == os.getpid()
    assert "At work:" in shown
    assert "s ago" in shown
    assert saber_pipeline("status", "--json").json["workers"] == []
    assert "At work" not in saber_pipeline("status").stdout
