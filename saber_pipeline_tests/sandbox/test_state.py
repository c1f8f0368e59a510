"""State that outlives the sandbox, and the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline_tests.sandbox.conftest import StartSandbox


def test_restart_continues_where_it_left_off(start: StartSandbox, tmp_path: Path) -> None:
    """After a restart signals, times, credits, templates and the clock are as they were, and ids stay unique."""
    state = tmp_path / "deep" / "sandbox.jsonl"
    first = start(state, credits=50)
    first.batch([f"d{i}.com" for i in range(20)], **{"async": True})
    first.create("single.com", answerType="json_schema", outputSchema={"type": "object", "properties": {}})
    first.running.advance(5)
    first.running.set_credits(77)
    first.http.post("/v1/companies/signals/templates", json={"name": "T", "question": "Who?"})
    research = {"firstName": "A", "lastName": "B", "companyName": "C", "companyDomain": "c.com"}
    first.http.post("/v1/contacts/research", json=research)
    second = start(state, credits=50)
    for path in ("/v1/companies/signals", "/v1/credits", "/v1/companies/signals/templates"):
        assert second.http.get(path).json() == first.http.get(path).json()
    books, before = second.running.books(), first.running.books()
    assert books | {"requests": None} == before | {"requests": None}
    second.create("another.com")
    assert second.page(limit=1)["total"] == 22
    ids = [signal["id"] for offset in (0, 25) for signal in second.page(offset=offset)["results"]]
    assert len(set(ids)) == 22


def test_cache_holds_over_a_restart(start: StartSandbox, tmp_path: Path) -> None:
    """A pair bought before the restart is a cache hit after it."""
    state = tmp_path / "sandbox.jsonl"
    bought = start(state).create("a.com").json()["id"]
    assert start(state).create("a.com").json()["id"] == bought


def test_half_a_line_at_the_end_is_dropped(start: StartSandbox, tmp_path: Path) -> None:
    """A state file whose last write was torn by a kill is continued from the last whole event."""
    state = tmp_path / "sandbox.jsonl"
    start(state).create("a.com")
    whole = state.read_bytes()
    state.write_bytes(whole + whole[: len(whole) // 2])
    assert start(state).page()["total"] == 1
    assert state.read_bytes() == whole


def test_one_seed_makes_the_same_answers(start: StartSandbox) -> None:
    """Two sandboxes with one seed answer alike, one with another seed does not."""
    pages = []
    for seed in (1, 1, 2):
        api = start(seed=seed, processing_seconds=(1.0, 9.0))
        api.batch([f"d{i}.com" for i in range(20)], {"question": "How many people work there?", "answerType": "number"})
        api.running.advance(60)
        pages.append(api.page())
    assert pages[0] == pages[1]
    values = [[signal["answer"]["number"]["value"] for signal in page["results"]] for page in pages]
    assert values[0] != values[2]


def test_books_show_a_double_purchase(start: StartSandbox) -> None:
    """The books count fresh signals of each pair with their force flags, and requests by route."""
    api = start(credits=10)
    api.create("a.com")
    api.create("a.com")
    books = api.running.books()
    assert (books["repeated_pairs"], books["cache_hits"]) == (0, 1)
    api.create("a.com", forceRefresh=True)
    api.create("b.com", answerType="number")
    books = api.running.books()
    assert (books["signals"], books["pairs_made"], books["repeated_pairs"], books["unforced_repeats"]) == (3, 2, 1, 0)
    assert books["credits_charged_for_signals"] == 10 - books["remaining_credits"] == 3
    pair = next(pair for pair in books["pairs"] if pair["subject"] == "a.com")
    assert [made["force_refresh"] for made in pair["signals"]] == [False, True]
    assert pair["fresh"] == 2
    assert books["requests"]["POST /v1/companies/signals"] == 4
    assert "pairs" not in api.running.books(pairs=False)
    api.running.advance(13 * 3600)
    api.create("b.com", answerType="number")
    assert api.running.books()["unforced_repeats"] == 1
