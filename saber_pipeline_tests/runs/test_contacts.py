"""Questions about contacts: the same promises, by profile address, through single creates."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from saber_pipeline.config.questions.question import Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.rewriting_transport import RewritingTransport
from saber_pipeline_tests.testbed.world import POSTS, ROLE, InterceptingTransport, World, outcomes, people

SINGLE = "/v1/contacts/signals"


@pytest.fixture
def contacts(world: World) -> World:
    """A world that asks about sixty contacts."""
    world.questions = (ROLE, POSTS)
    world.write_list(people(60), "leads", CONTACTS)
    return world


def test_answers_reach_the_tables(contacts: World) -> None:
    """Contact answers are in the tables that companies share, in their own views, and in `contacts`."""
    result = contacts.run(lists=("leads",))
    assert outcomes(result) == {Outcome.ANSWERED: 120}
    assert contacts.published("SELECT DISTINCT subject_type FROM signals") == [("contact",)]
    assert contacts.published("SELECT count(*) FROM questions.role") == [(60,)]
    assert contacts.published("SELECT count(*), count(role), count(posts), any_value(lists) FROM contacts") == [
        (60, 60, 60, ["leads"])
    ]
    assert contacts.published("SELECT count(*) FROM accounts") == [(0,)]
    assert outcomes(contacts.run(lists=("leads",))) == {Outcome.OWNED: 120}


@pytest.mark.slow
def test_reading_is_by_pages_not_by_pair(contacts: World) -> None:
    """The newest pages bring many answers with one request, so reading costs less than one request a pair."""
    result = contacts.run(lists=("leads",))
    reads = result.requests.total() - result.spending.posts
    assert reads < 60


@pytest.mark.slow
def test_a_deadline_leaves_them_to_the_next_run(contacts: World) -> None:
    """What was bought and not awaited is collected by the next run, which buys nothing."""
    first = contacts.run(lists=("leads",), max_wait_minutes=0)
    assert outcomes(first) == {Outcome.NOT_FINISHED: 120}
    second = contacts.run(lists=("leads",))
    assert second.spending.signals_bought == 0
    assert outcomes(second) == {Outcome.ANSWERED: 120}


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("kind", ["reset_after", "error_after", "truncate"])
@pytest.mark.slow
def test_a_lost_reply_is_found_by_the_contact(contacts: World, kind: str) -> None:
    """A create whose reply was lost is found in the listing of its contact, and never repeated."""
    contacts.fault(kind, f"{SINGLE}$", method="POST", times=2)
    assert outcomes(contacts.run(ROLE, lists=("leads",))) == {Outcome.ANSWERED: 60}
    assert sum(contacts.bought().values()) == 60


@pytest.mark.slow
def test_an_address_spelled_otherwise_is_the_same_contact(contacts: World) -> None:
    """An API that gives the profile back in another spelling does not lose the pair, nor its place in the tables."""

    class Respelling(InterceptingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            body = await response.aread()
            other = body.replace(b"https://www.linkedin.com/in/person-", b"https://linkedin.com/in/Person-")
            return httpx.Response(response.status_code, headers={"date": response.headers["date"]}, content=other)

    contacts.transport = Respelling
    contacts.fault("reset_after", f"{SINGLE}$", method="POST", times=1)
    assert outcomes(contacts.run(ROLE, lists=("leads",))) == {Outcome.ANSWERED: 60}
    assert contacts.published("SELECT count(role) FROM contacts") == [(60,)]


def test_failures_and_what_is_not_known_are_data(contacts: World) -> None:
    """Failed and unknown contact pairs are accounted for like those of companies."""
    contacts.effects(failed_share=0.2, not_known_share=0.3)
    found = outcomes(contacts.run(ROLE, lists=("leads",)))
    assert found[Outcome.FAILED] > 0 < found[Outcome.NOT_KNOWN]
    assert sum(found.values()) == 60


@pytest.mark.slow
def test_one_contact_in_two_lists_is_asked_once(contacts: World) -> None:
    """A contact is named by the address, however a list spells it."""
    contacts.write_list(["linkedin.com/in/Person-00000/", "https://de.linkedin.com/in/person-00099"], "more", CONTACTS)
    contacts.run(ROLE, lists=("leads", "more"))
    assert sum(contacts.bought().values()) == 61


@pytest.mark.slow
def test_lenient_contact_questions(contacts: World) -> None:
    """A mode reaches the API with a contact question too."""
    lenient = Question("mood", "How are they?", about=SubjectType.CONTACT, verification_mode=VerificationMode.LENIENT)
    contacts.questions = (lenient,)
    contacts.run(lenient, lists=("leads",))
    assert contacts.published("SELECT DISTINCT verification_mode FROM signals") == [("lenient",)]


@pytest.mark.slow
def test_a_contact_signal_may_name_the_company(contacts: World) -> None:
    """A reply about a contact that also holds the company's domain is about the contact."""

    class NamingCompany(InterceptingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            body = await response.aread()
            both = body.replace(b'"contactProfileUrl":', b'"domain":"acme.com","contactProfileUrl":')
            return httpx.Response(response.status_code, headers={"date": response.headers["date"]}, content=both)

    contacts.transport = NamingCompany
    assert outcomes(contacts.run(ROLE, lists=("leads",))) == {Outcome.ANSWERED: 60}
    assert contacts.published("SELECT count(role) FROM contacts") == [(60,)]


def test_a_null_list_of_posts_is_not_known(contacts: World) -> None:
    """An answer that holds null in place of its list is not known, and neither answered nor unreadable."""

    def empty(signal: dict[str, Any]) -> None:
        if signal.get("answerType") == "contact_posts" and signal.get("answer"):
            signal["answer"]["contactPosts"] = {"value": None}

    contacts.transport = lambda: RewritingTransport(empty)
    assert outcomes(contacts.run(lists=("leads",))) == {Outcome.ANSWERED: 60, Outcome.NOT_KNOWN: 60}
