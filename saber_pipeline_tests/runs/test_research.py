"""Contact research: each person of the lists is bought once, followed to the end, and landed in typed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.runs.research.person_status import PersonStatus
from saber_pipeline.runs.research.research_plan import plan_research
from saber_pipeline.runs.research.research_run_request import ResearchOutcome, ResearchRequest
from saber_pipeline_tests.testbed.research_runs import (
    RESEARCH,
    outcomes,
    people,
    purchases,
    research,
    write_people,
)
from saber_pipeline_tests.testbed.world import InterceptingTransport, World

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld

TABLES = (
    "contact_research",
    "contact_research_experience",
    "contact_research_people",
    "contact_research_profiles",
    "contact_research_purchases",
    "rejected_inputs",
)


def tables(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(world.published(f"FROM {name}"), key=repr) for name in TABLES}


def test_everybody_is_bought_once_and_typed(world: World) -> None:
    """A list is bought, followed and typed; the same run again buys nobody; a rebuild gives the same tables."""
    write_people(world, [*people(30), "Bob,,Acme,acme.com", "Bob,Day,Acme,not a domain"])
    first = research(world)
    assert outcomes(first) == {ResearchOutcome.RESEARCHED: 30}
    assert (first.rejected, first.spending.credits_spent, len(purchases(world))) == (2, 30, 30)
    rows = world.published(
        'SELECT first_name, company_domain, status, "current_role" IS NOT NULL, len(interests), len(challenges), '
        "linked_in_last_activity_at IS NOT NULL, completed_at >= created_at, list, row_number "
        "FROM contact_research WHERE row_number = 1"
    )
    assert rows == [("Anna", "acme0000.com", "completed", True, 2, 2, True, True, "leads", 1)]
    assert world.published("SELECT count(*), count(DISTINCT person_id) FROM contact_research_experience") == [(30, 30)]
    assert world.published("SELECT row_number, reason FROM rejected_inputs ORDER BY 1") == [
        (31, "The last name is missing."),
        (32, "There is no domain in the text."),
    ]
    again = research(world)
    assert outcomes(again) == {ResearchOutcome.OWNED: 30}
    assert sum(again.requests.values()) == 0
    before = tables(world)
    for file in [*world.paths.warehouse_folder.glob("*.duckdb"), *world.paths.versions.iterdir()]:
        file.unlink()
    rebuild_answers(world.settings, world.questions)
    assert tables(world) == before


def test_one_person_in_many_spellings(world: World) -> None:
    """Names in another case, with accents or beside a profile address found later are the same person."""
    write_people(
        world,
        [
            "José,O'Neill,Acme,https://www.acme.com/team",
            "  JOSE ,O\u2019Neill,ACME Inc,acme.com",
            "José,O'Neill,Acme,acme.com,https://www.linkedin.com/in/joseo",
            "José,O'Neill,Other,other.com",
        ],
    )
    assert research(world).people == 2
    write_people(world, ["jose,oneill,x,y.com", "Jose,O Neill,Acme,acme.com,linkedin.com/in/JoseO/"], name="more")
    assert outcomes(research(world)) == {ResearchOutcome.OWNED: 2, ResearchOutcome.RESEARCHED: 1}
    write_people(world, ["Jose,O'Neill,Acme,acme.com,https://www.linkedin.com/in/another-jose"], name="third")
    assert outcomes(research(world, allowed=2, lists=("third",))) == {ResearchOutcome.RESEARCHED: 1}
    assert world.published("SELECT count(*) FROM contact_research") == [(4,)]


def test_what_exists_at_saber_is_adopted(world: World) -> None:
    """Somebody with an external id is looked up first: found, it costs nothing; about somebody else, nobody pays."""
    with httpx.Client(base_url=world.sandbox.base_url, trust_env=False) as control:
        for number, last_name in ((1, "Known"), (2, "Stranger")):
            who = {"firstName": "Eve", "lastName": last_name, "companyName": "Zoo", "companyDomain": "zoo.com"}
            body = who | {"externalId": str(number), "externalSource": "crm"}
            control.post("/_sandbox/contact-research", json=body).raise_for_status()
    write_people(
        world,
        [
            "Eve,Known,Zoo,zoo.com,,,1,crm",
            "Max,Mustermann,Bank,bank.de,,,2,crm",
            "New,Person,Acme,acme.com,,,3,crm",
            "No,Source,Acme,acme.com,,,1,",
        ],
    )
    result = research(world)
    assert outcomes(result) == {
        ResearchOutcome.ADOPTED: 1,
        ResearchOutcome.REFUSED: 1,
        ResearchOutcome.RESEARCHED: 2,
    }
    assert set(purchases(world)) == {"new person, acme.com", "no source, acme.com"}
    assert world.published("SELECT last_name, credits FROM contact_research WHERE is_adopted") == [("Known", 0.0)]
    assert outcomes(research(world))[ResearchOutcome.OWNED] == 3


def test_a_failure_that_exists_is_not_adopted(world: World) -> None:
    """Research that failed at Saber before answers nothing: the person is researched, and only once."""
    write_people(world, ["Eve,Known,Zoo,zoo.com,,,1,crm"])
    who = {"firstName": "Eve", "lastName": "Known", "companyName": "Zoo", "companyDomain": "zoo.com"}
    failed = {"id": "r-1", "status": "failed", "createdAt": "2026-03-01T12:00:00Z", "error": "no profile", **who}
    world.transport = lambda: InterceptingTransport(
        before=lambda request: httpx.Response(200, json=failed) if "externalId" in request.url.params else None
    )
    assert outcomes(research(world)) == {ResearchOutcome.RESEARCHED: 1}
    assert outcomes(research(world)) == {ResearchOutcome.OWNED: 1}


def test_forced(world: World) -> None:
    """force_refresh buys everybody anew, once; the newest result counts and the old one stays."""
    write_people(world, people(5))
    research(world)
    forced = research(world, allowed=2, force_refresh=True)
    assert outcomes(forced) == {ResearchOutcome.RESEARCHED: 5}
    assert sum(purchases(world).values()) == 10
    assert world.published("SELECT count(*) FROM contact_research_profiles") == [(10,)]
    assert world.published("SELECT count(*) FROM contact_research") == [(5,)]


@pytest.mark.slow
def test_a_reply_that_was_lost_is_never_repeated(world: World) -> None:
    """A purchase with a lost reply is shown with its cost and bought again only with retry_unknown."""
    write_people(world, people(3))
    world.fault("reset_after", RESEARCH, method="POST", times=1)
    first = research(world)
    assert outcomes(first) == {ResearchOutcome.RESEARCHED: 2, ResearchOutcome.UNKNOWN: 1}
    assert len(first.unknown) == 1
    world.heal()
    for forced in (False, True):
        result = research(world, allowed=2, force_refresh=forced)
        assert result.outcomes[ResearchOutcome.UNKNOWN] == 1
    assert sorted(purchases(world).values()) == [1, 2, 2]
    assert world.published("SELECT status, credits FROM contact_research WHERE status = 'unknown'") == [("unknown", 1)]
    retried = research(world, allowed=2, retry_unknown=True)
    assert outcomes(retried) == {ResearchOutcome.OWNED: 2, ResearchOutcome.RESEARCHED: 1}
    assert sorted(purchases(world).values()) == [2, 2, 2]
    assert outcomes(research(world, allowed=2, retry_unknown=True)) == {ResearchOutcome.OWNED: 3}


def test_time_up_and_failed(start: StartWorld) -> None:
    """At the deadline what is left is not finished, and the next run collects it; failures are not bought again."""
    world = start(processing_seconds=(1000.0, 1000.0), failed_share=1.0)
    write_people(world, people(4))
    assert outcomes(research(world, max_wait_minutes=1)) == {ResearchOutcome.NOT_FINISHED: 4}
    assert world.published("SELECT DISTINCT status FROM contact_research") == [("processing",)]
    assert outcomes(research(world)) == {ResearchOutcome.FAILED: 4}
    assert outcomes(research(world)) == {ResearchOutcome.FAILED: 4}
    assert sum(purchases(world).values()) == 4


def test_one_that_never_ends(start: StartWorld) -> None:
    """A research that still processes after a day counts as failed, and nobody waits for it any more."""
    world = start(processing_seconds=(9e6, 9e6))
    write_people(world, people(1))
    assert outcomes(research(world, max_wait_minutes=0)) == {ResearchOutcome.NOT_FINISHED: 1}
    world.clock.seconds += 26 * 3600
    assert outcomes(research(world, max_wait_minutes=1)) == {ResearchOutcome.FAILED: 1}


@pytest.mark.slow
def test_one_that_saber_forgets(world: World) -> None:
    """A research that Saber does not know for a day has failed, nobody waits for it, and it is not bought again."""
    write_people(world, people(2))
    assert outcomes(research(world, max_wait_minutes=0)) == {ResearchOutcome.NOT_FINISHED: 2}
    gone = world.ledger_rows("SELECT research_id FROM researches LIMIT 1")[0][0]
    not_found = {"error": {"type": "NOT_FOUND", "code": "RESEARCH_NOT_FOUND", "message": "No such research"}}

    def forget(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(404, json=not_found) if request.url.path.endswith(gone) else None

    world.transport = lambda: InterceptingTransport(before=forget)
    expected = {ResearchOutcome.RESEARCHED: 1, ResearchOutcome.NOT_FINISHED: 1}
    assert outcomes(research(world, max_wait_minutes=10)) == expected
    world.clock.seconds += 26 * 3600
    began = world.clock.seconds
    expected = {ResearchOutcome.OWNED: 1, ResearchOutcome.FAILED: 1}
    assert outcomes(research(world)) == outcomes(research(world)) == expected
    assert world.clock.seconds - began < 120
    said = world.published("SELECT status, error LIKE '%not known it any more%' FROM contact_research ORDER BY ALL")
    assert said == [("completed", None), ("failed", True)]
    assert set(purchases(world).values()) == {1}


def test_an_outage_while_following(world: World) -> None:
    """Reading goes on after an outage, and nobody is bought again."""
    write_people(world, people(6))
    world.fault("error_before", f"{RESEARCH}/", method="GET", times=40, status=503)
    assert outcomes(research(world)) == {ResearchOutcome.RESEARCHED: 6}


def test_a_landed_file_that_was_moved_away(world: World) -> None:
    """What is gone from landing is read again by its id, for nothing."""
    write_people(world, people(3))
    research(world)
    for file in [*(world.paths.landing / "contact_research").iterdir(), world.paths.warehouse_file]:
        file.unlink()
    result = research(world)
    assert sum(outcomes(result).values()) == 3
    assert world.published("SELECT count(*) FROM contact_research WHERE status = 'completed'") == [(3,)]


def test_a_plan_alone_writes_nothing(world: World) -> None:
    """A dry run says whom it would buy and for how much, without a key, a ledger or a file."""
    write_people(world, people(7))
    plan = plan_research(ResearchRequest(run_id="x"), world.settings, new_client=None)
    assert plan.statuses.counts[PersonStatus.DUE] == plan.cost == 7
    assert not world.paths.ledger_file.exists()
    assert "a run would research 7 for 7 credits" in str(plan)
