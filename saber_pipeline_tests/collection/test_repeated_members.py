"""A member that stands twice in a signal means the same to whoever judges it and to its tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saber_pipeline.api.repeated_members import without_repeats
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline_tests.testbed.world import SIZE, outcomes

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.world import World

NAMES = st.sampled_from(["id", "status", "answer", "é", 'a"b', "x"])
VALUES = st.sampled_from([1, "t", None, {"a": [1, 2]}, "é\n", {"id": 2, "x": "y"}])
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (",", ": "), (" ,\t", " : ")])


def written(members: list[tuple[str, Any]], separators: tuple[str, str]) -> bytes:
    between, colon = separators
    return ("{" + between.join(json.dumps(n) + colon + json.dumps(v) for n, v in members) + "}").encode()


@example([("id", 1), ("id", 2), ("x", 1), ("status", 1), ("answer", 1)], (",", ":"))  # as long as if spaced
@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), SEPARATORS)
def test_each_member_once(members: list[tuple[str, Any]], separators: tuple[str, str]) -> None:
    """Of two members with one name the last stays, and an object without such members stays as it came."""
    raw = written(members, separators)
    kept: list[tuple[str, Any]] = json.loads(without_repeats(raw), object_pairs_hook=list)
    assert [name for name, _ in kept] == list(dict(members))
    assert json.loads(without_repeats(raw)) == dict(members)
    is_usual = separators in [(",", ":"), (", ", ": ")] and all(name.isalpha() and name.isascii() for name, _ in kept)
    if is_usual and len(kept) == len(members):
        assert without_repeats(raw) == raw


class TwiceTransport(httpx.AsyncBaseTransport):
    """Real HTTP to an API that writes one member of every signal twice, the first time with another value."""

    def __init__(self, first: bytes) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._first = first

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        body = await response.aread()
        if request.method == "GET":
            body = body.replace(b'{"id":', b"{" + self._first + b',"id":')
        headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-length"]
        return httpx.Response(response.status_code, headers=headers, content=body)

    async def aclose(self) -> None:
        await self._real.aclose()


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize(
    "first", [b'"id":"other"', b'"status":"processing"', b'"domain":"other.com"', b'"answer":null']
)
def test_a_signal_is_judged_by_what_lands(world: World, first: bytes) -> None:
    """Whatever stands twice, each pair is answered once and owned by the next run; a rebuild makes the same rows."""
    world.questions = (SIZE,)
    world.write_list([f"company{n:05d}.com" for n in range(5)])
    world.transport = lambda: TwiceTransport(first)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 5}
    rows = (
        "SELECT signal_id, s.subject, s.status, a.value FROM signals AS s JOIN answers_open_text AS a USING (signal_id)"
    )
    rows += " ORDER BY ALL"
    before = world.published(rows)
    assert len(before) == 5
    rebuild_answers(world.settings, world.questions)
    assert world.published(rows) == before
    assert outcomes(world.run()) == {Outcome.OWNED: 5}
    assert sum(world.bought().values()) == 5
