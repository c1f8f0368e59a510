"""Research runs in a world: lists written, runs carried out, and the sandbox's books about people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.runs.research.research_run import run_research
from saber_pipeline.runs.research.research_run_request import ResearchOutcome, ResearchRequest, ResearchResult
from saber_pipeline_tests.testbed.world import InterceptingTransport

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from saber_pipeline_tests.testbed.world import World

RESEARCH = "/v1/contacts/research"
HEADER = "First Name,Last Name,Company,Company Domain,LinkedIn URL,Job Title,external_id,external_source"


def people(count: int, start: int = 0) -> list[str]:
    """Rows of ``count`` different people."""
    return [f"Anna,Lead{letters(n)},Acme {n},acme{n:04d}.com" for n in range(start, start + count)]


def letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04d}")


def write_people(world: World, rows: Iterable[str], name: str = "leads", header: str = HEADER) -> None:
    world.paths.research_lists.mkdir(parents=True, exist_ok=True)
    text = "\n".join([header, *rows, ""])
    (world.paths.research_lists / f"{name}.csv").write_text(text, encoding="utf-8")


def end_credits_after(world: World, purchases: int) -> None:
    """Take all credits away as soon as that many were sent; ``world.transport = None`` ends it."""
    sold = []

    def spend(request: httpx.Request) -> None:
        if request.method == "POST":
            sold.append(request)
            if len(sold) == purchases:
                world.sandbox.set_credits(0)

    world.transport = lambda: InterceptingTransport(after=spend)


def research(world: World, *, allowed: int = 1, run_id: str = "run", **request: Any) -> ResearchResult:
    """A whole run. It must add up, and nobody may have been bought more often than ``allowed``."""
    try:
        result = run_research(
            ResearchRequest(run_id=run_id, **{"max_wait_minutes": 240, **request}),
            world.settings,
            world.questions,
            new_client=world.new_client,
            report=world.progress.append,
            clock=world.clock,
        )
    finally:
        too_often = {person: times for person, times in purchases(world).items() if times > allowed}
        assert not too_often
    assert result.adds_up, str(result)
    return result


def purchases(world: World) -> dict[str, int]:
    """How often the sandbox sold each person's research."""
    made: dict[str, int] = world.sandbox.books(pairs=False)["contact_researches_by_person"]
    return made


def outcomes(result: ResearchResult) -> dict[ResearchOutcome, int]:
    return {outcome: count for outcome, count in result.outcomes.items() if count}
