"""The ledger by itself: claims, leases, submissions and forced requests, between runs and processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.buying.ledger import tables as t
from saber_pipeline.buying.ledger.claims import (
    Candidate,
    Pair,
    claim,
    claim_forced,
    claimed_slice,
    count_claims,
    free_claims,
    leave_unserved,
    newest_settlement,
    release,
)
from saber_pipeline.buying.ledger.leases import lease, live_runs
from saber_pipeline.buying.ledger.settling import forget_published, settle
from saber_pipeline.buying.ledger.store import Ledger
from saber_pipeline.buying.ledger.submissions import (
    ClaimLostError,
    Submission,
    accept,
    adopt_orphans,
    intend,
    mark_unknown,
    refuse,
    resolve_without_effect,
    submissions_in,
)
from saber_pipeline.buying.ledger.tables import Route, SubmissionState, UnservedKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANDIDATES = [Candidate("q", f"s{number}.com", is_cached=False) for number in range(50)]
CLAIMER = """
import sys
from pathlib import Path
from saber_pipeline.buying.ledger.claims import Candidate, claim, count_claims
from saber_pipeline.buying.ledger.leases import lease
from saber_pipeline.buying.ledger.store import Ledger
ledger = Ledger.open(Path(sys.argv[1]))
run_id = sys.argv[2]
with lease(ledger, run_id, lease_seconds=60):
    for start in range(0, 2000, 100):
        with ledger.transaction() as connection:
            claim(connection, run_id, (Candidate("q", f"s{n}.com", False) for n in range(start, start + 100)))
    with ledger.reading() as connection:
        print(count_claims(connection, run_id).claimed, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def claimed_by(ledger: Ledger, run_id: str) -> int:
    with ledger.reading() as connection:
        return count_claims(connection, run_id).claimed


def send(ledger: Ledger, run_id: str) -> Submission:
    """Everything ``run_id`` has claimed, as one submission."""
    with ledger.transaction() as connection:
        pairs = claimed_slice(connection, run_id, 1_000)
        return intend(
            connection,
            run_id=run_id,
            route=Route.SYNC,
            force_refresh=pairs[0].force_refresh,
            pairs=pairs,
            intended_at=0.0,
        )


def states(ledger: Ledger) -> dict[str, int]:
    with ledger.reading() as connection:
        rows = connection.exec_driver_sql("SELECT state, count(*) FROM pairs GROUP BY state")
        return {str(state): int(pairs) for state, pairs in rows}


def settle_and_publish(ledger: Ledger, *, other_runs: frozenset[str] = frozenset()) -> None:
    with ledger.transaction() as connection:
        settle(connection, {Pair(c.question_id, c.subject): f"signal {c.subject}" for c in CANDIDATES})
        forget_published(connection, newest_settlement(connection), other_runs=other_runs)


def test_two_processes(tmp_path: Path) -> None:
    """Two processes that claim the same pairs share them: none is claimed twice, none is left out."""
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path).close()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, str(path), run_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for run_id in ("one", "two")
    ]
    claimed = [int(process.stdout.readline()) for process in processes if process.stdout]
    assert sum(claimed) == 2000
    for process in processes:
        process.communicate(timeout=30)


def test_dead_process_loses_its_claims(tmp_path: Path) -> None:
    """The claims of a killed process are free at once on its own machine, those of a living one are not."""
    path = tmp_path / "ledger.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIMER, str(path), "victim"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdin
    assert int(process.stdout.readline()) == 2000
    ledger = Ledger.open(path)
    free_dead(ledger)
    assert claimed_by(ledger, "victim") == 2000
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    process.stdin.close()
    free_dead(ledger)
    assert states(ledger) == {}
    ledger.close()


def free_dead(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        free_claims(connection, live_runs(connection, lease_seconds=60))


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


def test_life_of_a_submission(ledger: Ledger) -> None:
    """Intended, and when its run dies unknown; without a trace its pairs are free again."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    submission = send(ledger, "one")
    with ledger.transaction() as connection:
        adopt_orphans(connection, {"one"})
        assert len(submissions_in(connection, [SubmissionState.INTENDED])) == 1
        adopt_orphans(connection, ())
        assert len(submissions_in(connection, [SubmissionState.UNKNOWN])) == 1
        release(connection, "one")
    assert states(ledger) == {"sent": 50}
    with ledger.transaction() as connection:
        resolve_without_effect(connection, submission.submission_id)
    assert states(ledger) == {}


def test_refused_submission(ledger: Ledger) -> None:
    """A refused purchase gives its pairs back to the run as claims."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    submission = send(ledger, "one")
    with ledger.transaction() as connection:
        refuse(connection, submission.submission_id, "no")
    assert claimed_by(ledger, "one") == 50


def test_reserved(ledger: Ledger) -> None:
    """What others have claimed or are sending counts as reserved, what was accepted does not."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES[:20])
    submission = send(ledger, "one")
    with ledger.transaction() as connection:
        claim(connection, "two", CANDIDATES[20:30])
        assert count_claims(connection, "three").reserved_by_others == 30
        accept(connection, submission.submission_id, submitted_at=0.0)
        assert count_claims(connection, "three").reserved_by_others == 10


def test_forgetting(ledger: Ledger) -> None:
    """What settled after a load began stays in the ledger until the next publication."""
    with ledger.transaction() as connection:
        claim(connection, "one", CANDIDATES)
    send(ledger, "one")
    with ledger.transaction() as connection:
        settle(connection, {Pair("q", "s0.com"): "a"})
        loaded = newest_settlement(connection)
        settle(connection, {Pair("q", "s1.com"): "b"})
        forget_published(connection, loaded, other_runs=())
    assert states(ledger) == {"sent": 48, "settled": 1}


def test_forced_request_that_closed_meanwhile(ledger: Ledger) -> None:
    """A forced run that began while another's request was open continues it, also when it closed since."""
    with lease(ledger, "one", lease_seconds=60):
        force(ledger, "one")
        send(ledger, "one")
        with lease(ledger, "two", lease_seconds=60):
            settle_and_publish(ledger, other_runs=frozenset({"two"}))
            with ledger.reading() as connection:
                closed = connection.exec_driver_sql("SELECT closed_at FROM forced_requests").scalar_one()
            assert closed is not None
            force(ledger, "two")
            assert claimed_by(ledger, "two") == 0
            assert states(ledger) == {"settled": 50}
    with ledger.transaction() as connection:
        forget_published(connection, newest_settlement(connection), other_runs=())
    assert states(ledger) == {}
    with lease(ledger, "three", lease_seconds=60):
        force(ledger, "three")
        assert claimed_by(ledger, "three") == 50


def force(ledger: Ledger, run_id: str) -> None:
    with ledger.transaction() as connection:
        claim_forced(connection, run_id, CANDIDATES)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (UnservedKind.CREDITS, "due"),
        (UnservedKind.UNSENT, "due"),
        (UnservedKind.LOST, "due"),
        (UnservedKind.INVALID, "settled"),
    ],
)
def test_unserved_in_a_forced_request(ledger: Ledger, kind: UnservedKind, state: str) -> None:
    """Pairs left unserved are due again in their forced request; those refused as invalid are done with."""
    with lease(ledger, "one", lease_seconds=60):
        force(ledger, "one")
        with ledger.transaction() as connection:
            leave_unserved(connection, "one", [Pair("q", c.subject) for c in CANDIDATES], kind, "why")
    assert states(ledger) == {state: 50}
    with ledger.transaction() as connection:
        forget_published(connection, newest_settlement(connection), other_runs=())
    assert states(ledger) == ({} if state == "settled" else {"due": 50})


def test_resend_of_a_forced_pair(ledger: Ledger) -> None:
    """What showed no effect is sent again without force, unless the cache may hold the older answer."""
    with lease(ledger, "one", lease_seconds=60):
        with ledger.transaction() as connection:
            claim_forced(
                connection,
                "one",
                [Candidate("q", "new.com", is_cached=False), Candidate("q", "old.com", is_cached=True)],
            )
        submission = send(ledger, "one")
        assert submission.force_refresh
        with ledger.transaction() as connection:
            mark_unknown(connection, submission.submission_id, at=0.0, reason="reset")
            resolve_without_effect(connection, submission.submission_id)
            claim_forced(
                connection,
                "one",
                [Candidate("q", "new.com", is_cached=False), Candidate("q", "old.com", is_cached=True)],
            )
            again = {pair.subject: pair.force_refresh for pair in claimed_slice(connection, "one", 10)}
    assert again == {"new.com": False, "old.com": True}


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
