"""Contacts whose profile is on another professional site, from the list to the answer."""

from __future__ import annotations

import httpx
import pytest

from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import ROLE, InterceptingTransport, World, outcomes

WRITTEN = [
    "https://www.xing.com/profile/Jane_Doe/cv?x=1",
    "https://github.com/JohnDoe",
    "https://www.linkedin.com/in/ada",
]
SUBJECTS = {"https://xing.com/profile/Jane_Doe", "https://github.com/johndoe", "https://www.linkedin.com/in/ada"}


@pytest.fixture
def contacts(world: World) -> World:
    world.write_list(WRITTEN, kind=CONTACTS)
    world.questions = (ROLE,)
    return world


def test_without_the_setting_only_linkedin_is_asked(contacts: World) -> None:
    """By default the others are rejected inputs, and nothing is warned of."""
    assert outcomes(contacts.run()) == {Outcome.ANSWERED: 1}
    rejected = contacts.published("SELECT count(*), any_value(reason) FROM rejected_inputs")
    assert rejected == [(2, "The address is not on linkedin.com; a contact is identified by a LinkedIn profile.")]


@pytest.mark.slow
def test_with_the_setting_they_are_asked_with_a_warning(contacts: World, caplog: pytest.LogCaptureFixture) -> None:
    """The same file is read anew, plan and run name the contradiction of the documents, and nobody is bought twice."""
    contacts.run()
    contacts.settings_changed = {"other_profiles": True}
    dry = plan_only(contacts.selection(), contacts.settings, new_client=None, clock=contacts.clock)
    (warning,) = dry.warnings()
    assert warning.startswith(
        "Among the contacts are 2 profiles on other sites than LinkedIn. Saber's documents contradict"
    )
    assert "LinkedIn or other professional profile" in warning
    assert outcomes(contacts.run()) == {Outcome.OWNED: 1, Outcome.ANSWERED: 2}
    assert "contradict each other" in caplog.text
    assert {row[0] for row in contacts.published("SELECT subject FROM questions.role")} == SUBJECTS
    assert outcomes(contacts.run()) == {Outcome.OWNED: 3}


@pytest.mark.parametrize("others", [True, False], ids=["their site's own spelling", "a refusal"])
@pytest.mark.slow
def test_replies_that_spell_the_address_otherwise(contacts: World, *, others: bool) -> None:
    """A reply that spells a profile as its site does settles its pair; a refusal costs nothing and stops nobody."""
    contacts.settings_changed = {"other_profiles": True}

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and b"xing.com" in request.content and not others:
            error = {"type": "VALIDATION", "code": "VALIDATION_ERROR", "message": "no LinkedIn URL", "requestId": "r"}
            return httpx.Response(422, json={"error": error})
        return None

    class Respelling(InterceptingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reply = await super().handle_async_request(request)
            body = await reply.aread()
            changed = body.replace(b"https://xing.com/profile/Jane_Doe", b"http://www.xing.com/profile/Jane_Doe/")
            headers = {k: v for k, v in reply.headers.items() if k not in ("content-length", "content-encoding")}
            return httpx.Response(reply.status_code, headers=headers, content=changed)

    contacts.transport = lambda: Respelling(before=before)
    found = outcomes(contacts.run())
    assert found == ({Outcome.ANSWERED: 3} if others else {Outcome.ANSWERED: 2, Outcome.REFUSED: 1})
