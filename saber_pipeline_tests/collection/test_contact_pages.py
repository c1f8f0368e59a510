"""The listing of contacts' signals, whose pages and totals are not what was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import ROLE, World, outcomes, people

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline_tests.testbed.fixtures import StartWorld

SIGNALS = "/v1/contacts/signals"
PEOPLE = 60
FEW, LOST = 20, 5  # so few that no poll reads pages; of these the fifth, so that the first page has it not


class ContactListing(httpx.AsyncBaseTransport):
    """Real HTTP, with the pages of the contacts' listing as ``change`` makes them. ``requests`` counts by path."""

    def __init__(self, change: Callable[[dict[str, Any]], None], requests: list[str]) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._change = change
        self._requests = requests

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        if request.method == "GET":
            self._requests.append(request.url.path)
        if request.method != "GET" or request.url.path != SIGNALS:
            return response
        page = json.loads(await response.aread())
        self._change(page)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return httpx.Response(response.status_code, headers=headers, content=json.dumps(page).encode())

    async def aclose(self) -> None:
        await self._real.aclose()


def ten_rows(page: dict[str, Any]) -> None:
    page["results"] = page["results"][:10]
    page["limit"] = page["count"] = 10


def ten_rows_and_the_limit_asked_for(page: dict[str, Any]) -> None:
    page["results"] = page["results"][:10]


def no_total(page: dict[str, Any]) -> None:
    del page["total"]


def ten_rows_without_total(page: dict[str, Any]) -> None:
    ten_rows_and_the_limit_asked_for(page)
    no_total(page)


def one_less(page: dict[str, Any]) -> None:
    page["total"] -= 1


def one_more(page: dict[str, Any]) -> None:
    page["total"] += 1


def none_at_all(page: dict[str, Any]) -> None:
    page["total"] = 0


def of_the_page(page: dict[str, Any]) -> None:
    page["total"] = len(page["results"])


CHANGES = [
    ten_rows,
    ten_rows_and_the_limit_asked_for,
    no_total,
    ten_rows_without_total,
    one_less,
    one_more,
    none_at_all,
    of_the_page,
]


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("change", CHANGES)
def test_everybody_is_read_from_the_pages(world: World, change: Callable[[dict[str, Any]], None]) -> None:
    """Whatever the size of the pages and the total, pages bring every answer: nobody is read by id."""
    world.write_list(people(PEOPLE), "leads", CONTACTS)
    world.questions = (ROLE,)
    requests: list[str] = []
    world.transport = lambda: ContactListing(change, requests)
    began = world.clock.seconds
    assert outcomes(world.run(lists=("leads",))) == {Outcome.ANSWERED: PEOPLE}
    by_id = [path for path in requests if path.startswith(f"{SIGNALS}/")]
    assert (by_id, world.clock.seconds - began < 60) == ([], True)


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("seconds", [0.0, 600.0], ids=["ended", "processing"])
def test_a_lost_reply_is_found_on_short_pages(start: StartWorld, seconds: float) -> None:
    """A purchase whose reply was lost is found among the newest signals, even if the API lists none of the contact."""
    world = start(processing_seconds=(seconds, seconds))
    world.write_list(people(FEW), "leads", CONTACTS)
    world.questions = (ROLE,)
    world.settings_changed = {"concurrency": 1}
    sent: list[httpx.Request] = []

    class Lossy(ContactListing):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            if request.method == "POST":
                sent.append(request)
                if len(sent) == LOST:
                    raise httpx.ReadError("the reply was lost")
            if "contactProfileUrl" not in request.url.params:
                return response
            return httpx.Response(200, headers={"date": response.headers["date"]}, json={"results": [], "total": 0})

    world.transport = lambda: Lossy(ten_rows, [])
    assert outcomes(world.run(lists=("leads",), force=True, max_wait_minutes=240)) == {Outcome.ANSWERED: FEW}
    assert (len(sent), set(world.bought().values())) == (FEW, {1})
