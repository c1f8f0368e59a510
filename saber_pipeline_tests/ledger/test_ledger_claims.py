"""Claims: exclusive between runs, threads and processes, and free when their run is dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import Candidate, claim, claimed_slice, force_twins, free_claims
from saber_pipeline.ledger.purchases import intend, submissions_in
from saber_pipeline.ledger.runs import ClaimLostError, lease, live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.products.product import Route
from saber_pipeline_tests.testbed.ledger_steps import CANDIDATES, claimed_by, free_dead, states

if TYPE_CHECKING:
    from pathlib import Path

CLAIMER = """
import sys
from pathlib import Path
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.ledger.claims import Candidate, claim, count_claims
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
place = sys.argv[1]
ledger = Ledger.open(LedgerAddress(place) if "://" in place else Path(place))
run_id = sys.argv[2]
with lease(ledger, run_id, lease_seconds=60):
    for start in range(0, 2000, 100):
        with ledger.transaction() as connection:
            claim(connection, run_id, (Candidate("q", f"s{n}.com", False) for n in range(start, start + 100)))
    with ledger.reading() as connection:
        print(count_claims(connection, run_id).claimed, flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_two_processes(ledger_place: Path | LedgerAddress) -> None:
    """Two processes that claim the same pairs share them: none is claimed twice, none is left out."""
    path = ledger_place.reveal() if isinstance(ledger_place, LedgerAddress) else str(ledger_place)
    Ledger.open(ledger_place).close()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, path, run_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for run_id in ("one", "two")
    ]
    claimed = [int(process.stdout.readline()) for process in processes if process.stdout]
    assert sum(claimed) == 2000
    for process in processes:
        process.communicate(timeout=240)


def test_dead_process_loses_its_claims(ledger_place: Path | LedgerAddress) -> None:
    """The claims of a killed process are free at once on its own machine, those of a living one are not."""
    path = ledger_place.reveal() if isinstance(ledger_place, LedgerAddress) else str(ledger_place)
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIMER, path, "victim"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdin
    assert int(process.stdout.readline()) == 2000
    ledger = Ledger.open(ledger_place)
    free_dead(ledger)
    assert claimed_by(ledger, "victim") == 2000
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=240)
    process.stdout.close()
    process.stdin.close()
    free_dead(ledger)
    assert states(ledger) == {}
    ledger.close()


def test_threads_share(ledger: Ledger) -> None:
    """Runs in threads of one process claim exclusively too."""

    def run(run_id: str) -> None:
        for candidate in CANDIDATES:
            with ledger.transaction() as connection:
                claim(connection, run_id, [candidate])

    threads = [threading.Thread(target=run, args=(f"run{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claimed_by(ledger, f"run{number}") for number in range(3)) == len(CANDIDATES)


def test_silent_run_is_dead(ledger: Ledger) -> None:
    """A run of another machine is dead when its last heartbeat is older than the lease."""
    with lease(ledger, "far", lease_seconds=60):
        with ledger.transaction() as connection:
            connection.execute(t.runs.update().values(host="elsewhere", process_id=1))
        with ledger.reading() as connection:
            assert live_runs(connection, lease_seconds=60) == {"far"}
            assert live_runs(connection, lease_seconds=-1) == frozenset()
    with ledger.reading() as connection:
        assert live_runs(connection, lease_seconds=60) == frozenset()


def test_sending_what_was_lost(ledger: Ledger) -> None:
    """A run whose claims went to another one cannot write down a purchase of them."""
    with ledger.transaction() as connection:
        claim(connection, "slow", CANDIDATES)
        mine = claimed_slice(connection, "slow", 100)
        free_claims(connection, ())
        claim(connection, "fast", CANDIDATES[:1])
    with pytest.raises(ClaimLostError, match="50 pairs"), ledger.transaction() as connection:
        intend(connection, run_id="slow", route=Route.SYNC, force_refresh=False, pairs=mine, intended_at=0.0)
    assert states(ledger) == {"claimed": 1}
    with ledger.reading() as connection:
        assert submissions_in(connection, list(SubmissionState)) == []


def test_twins_are_all_forced(ledger: Ledger) -> None:
    """Of questions that the API's cache takes for each other, each is sent with force, whichever run claimed first.

    Where one was on its way already, the other is; nothing is changed where there is no twin.
    """
    twins = [("old", "new")]
    with lease(ledger, "one", lease_seconds=60), lease(ledger, "two", lease_seconds=60):
        with ledger.transaction() as connection:
            claim(connection, "one", [Candidate("old", name, is_cached=False) for name in ("alone", "both", "sent")])
            read_before = claimed_slice(connection, "one", 10)
            intend(
                connection,
                run_id="one",
                route=Route.SINGLE,
                force_refresh=False,
                pairs=[read_before[2]],
                intended_at=1.0,
            )
        with ledger.transaction() as connection:
            claim(connection, "two", [Candidate("new", name, is_cached=False) for name in ("both", "late", "sent")])
            force_twins(connection, twins)
            found = [tuple(pair) for run_id in ("one", "two") for pair in claimed_slice(connection, run_id, 10)]
        assert found == [
            ("old", "alone", False),
            ("old", "both", True),
            ("new", "both", True),
            ("new", "late", False),
            ("new", "sent", True),
        ]
        both = read_before[:2]
        with pytest.raises(ClaimLostError, match="1 pairs"), ledger.transaction() as connection:
            intend(connection, run_id="one", route=Route.SINGLE, force_refresh=False, pairs=both, intended_at=2.0)


def test_odd_folder_names(tmp_path: Path) -> None:
    """A data directory may be called anything, also what means something in an address."""
    path = tmp_path / "50% off? #1" / "ledger.sqlite"
    ledger = Ledger.open(path)
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    ledger.close()
    assert path.is_file()
    read = Ledger.open_to_read(path)
    assert states(read) == {"claimed": 50}
    read.close()
