"""The sensor ``in_flight``, one tick at a time, with a real ledger, a real sandbox and a Dagster instance."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.active_runs import busy_lists, find_active_runs
from saber_pipeline.definitions.in_flight_sensor import Pause, choose
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.ledger.awaited_pairs import await_pairs
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.in_flight import InFlight
from saber_pipeline.runs.lists import current_lists
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.command_line.sensor_ticks import record, refused, requested, run, tick, why

MINUTE, HOUR = 60.0, 3600.0


def test_nothing_in_flight(here: Project, instance: dg.DagsterInstance) -> None:
    """Without a ledger, and with one that holds nothing in flight, the in-flight sensor has nothing to do."""
    assert "Nothing is in flight" in why(tick("in_flight", instance))
    refused("accounts")
    assert "Nothing is in flight" in why(tick("in_flight", instance))


def test_what_nobody_waits_for_is_collected_once(here: Project, instance: dg.DagsterInstance) -> None:
    """Pairs of a run that gave up get one run each list, for their questions alone, that buys nothing."""
    current_lists(DataPaths(here.data), COMPANIES, ["accounts"])
    run("prospects", keys=("crm",))
    first = tick("in_flight", instance)
    assert requested(first) == [
        ("accounts", ["crm"], {"saber/collect_only": "true"}),  # globex.com is in both lists: its first one has it
        ("prospects", ["crm"], {"saber/collect_only": "true"}),
    ]
    assert isinstance(first, dg.SensorResult)
    assert requested(tick("in_flight", instance, first.cursor)) == []
    for list_name in ("accounts", "prospects"):
        record(instance, list_name, dg.DagsterRunStatus.NOT_STARTED, **{"saber/collect_only": "true"})
    again = tick("in_flight", instance)
    assert requested(again) == []
    assert "a run collects accounts, prospects already" in why(again)


def test_what_a_living_run_waits_for_is_left_to_it(here: Project, instance: dg.DagsterInstance) -> None:
    """As long as a run with a heartbeat waits for the pairs nothing is started; without it, it is."""
    run("accounts", keys=("crm",))
    (crm,) = (question for question in SaberResource().questions() if question.key == "crm")
    ledger = Ledger.open(DataPaths(here.data).ledger_file)
    with lease(ledger, "living.1", lease_seconds=60):
        with ledger.transaction() as connection:
            await_pairs(connection, "living.1", [Pair(crm.question_id, each) for each in ("acme.com", "globex.com")])
        left = tick("in_flight", instance)
        assert requested(left) == []
        assert "no run waits for 0 pairs in flight" in why(left)
    ledger.close()
    assert [name for name, _, _ in requested(tick("in_flight", instance))] == ["accounts"]


def test_a_question_that_changed_is_out_of_reach(here: Project, instance: dg.DagsterInstance) -> None:
    """What questions.yaml no longer asks cannot be collected, and the sensor says so."""
    run("accounts", keys=("crm",))
    here.write_questions("questions: {crm: {question: Which CRM do they really use?}}")
    assert "2 pairs belong to a list or question that was removed" in why(tick("in_flight", instance))


def test_pauses_grow_and_end() -> None:
    """Each further request for a list waits twice as long, up to six hours, until nothing of it is in flight."""
    look = InFlight({"a": {"k": 1}}, frozenset({"a"}))
    pauses: dict[str, Pause] = {}
    requests: list[float] = []
    now = 0.0
    while len(requests) < 10:
        choice = choose(look, (), pauses, now=now)
        pauses = choice.pauses
        requests += [now] * len(choice.lists)
        now += MINUTE
    waits = [later - earlier for earlier, later in pairwise(requests)]
    assert waits == [5 * MINUTE * 2**n for n in range(7)] + [6 * HOUR] * 2
    assert choose(look, {"a"}, {}, now=now).lists == ()
    tracked = InFlight({}, frozenset({"a"}))
    assert choose(tracked, (), pauses, now=now).pauses == pauses
    assert choose(InFlight(), (), pauses, now=now).pauses == {}


def test_a_killed_run_does_not_hold_its_list(instance: dg.DagsterInstance) -> None:
    """A run that Dagster takes for started counts while it is young or has a heartbeat; a queued one always."""
    queued = dg.DagsterRunStatus.NOT_STARTED
    alive = record(instance, "alive", dg.DagsterRunStatus.STARTED, mine="yes")
    record(instance, "killed", dg.DagsterRunStatus.STARTED, mine="yes")
    record(instance, "queued", queued, mine="yes")
    record(instance, "ended", dg.DagsterRunStatus.SUCCESS, mine="yes")
    record(instance, "other", queued)
    look = partial(find_active_runs, instance, COMPANIES.job, {"mine": "yes"}, {alive})
    assert busy_lists(look()) == {"alive", "killed", "queued"}
    assert busy_lists(look(now=time.time() + HOUR)) == {"alive", "queued"}
