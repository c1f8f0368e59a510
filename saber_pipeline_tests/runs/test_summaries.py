"""Summaries: made with batches, read by domain, asked for once where they are missing, and typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from saber_pipeline.errors import ApiError, ListError, OutOfCreditsError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline_tests.testbed.summary_runs import summarise
from saber_pipeline_tests.testbed.world import InterceptingTransport, World, domains

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld

SUMMARIES = "/v1/companies/signals/summaries"
FIVE_WORDS = {"disqualified", "poor", "neutral", "good", "excellent"}


@pytest.fixture
def summed(start: StartWorld) -> World:
    """A world whose summaries are there at once."""
    return start(summary_seconds=0)


def answer(world: World, *, summary: bool = False, force: bool = False) -> None:
    request = RunRequest("run", world.selection(force=force), max_wait_minutes=240, generate_summary=summary)
    run_answers(
        request,
        world.settings,
        world.questions,
        new_client=world.new_client,
        report=world.progress.append,
        clock=world.clock,
    )


def is_listing(request: httpx.Request) -> bool:
    return request.method == "GET" and request.url.path == SUMMARIES


def posts(world: World) -> int:
    requests: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return requests.get(f"POST {SUMMARIES}", 0)


def test_made_with_the_batch(summed: World) -> None:
    """generate_summary lets Saber sum each company up; read, they are typed with questions and sources."""
    summed.write_list(domains(6))
    answer(summed, summary=True)
    summed.clock.advance(60)
    first = summarise(summed)
    assert (first.domains, first.completed, first.read, first.asked.posts) == (6, 6, 6, 0)
    assert summed.published("SELECT count(*), count(DISTINCT domain), bool_and(is_newest) FROM summaries") == [
        (6, 6, True)
    ]
    points = summed.published(
        "SELECT domain, position, reference_questions, sources FROM summary_points WHERE domain = 'company00000.com' "
        "ORDER BY position"
    )
    assert [point[1] for point in points] == [0, 1]
    assert {point[2][0] for point in points} == {question.text for question in summed.questions}
    words = {word for (word,) in summed.published("SELECT DISTINCT qualification FROM summary_points")}
    assert words
    assert words <= FIVE_WORDS
    assert points[0][3] == ["https://company00000.com/about"]
    before = {name: sorted(summed.published(f"FROM {name}")) for name in ("summaries", "summary_points")}
    again = summarise(summed)
    assert (again.read, dict(again.requests)) == (0, {"list_summaries": 6})
    summed.paths.warehouse_file.unlink()
    rebuild_answers(summed.settings, summed.questions)
    assert {name: sorted(summed.published(f"FROM {name}")) for name in before} == before


def test_without_the_option_there_is_none(summed: World) -> None:
    """Without generate_summary no summary is made, and companies without one are counted."""
    summed.write_list(domains(3))
    answer(summed)
    assert (summarise(summed).missing, posts(summed)) == (3, 0)


@pytest.mark.slow
def test_missing_ones_are_asked_for_once(start: StartWorld) -> None:
    """With request_missing each company is asked about once; its price shows in the balance."""
    world = start(summary_seconds=0, credits_per_summary=2)
    world.write_list(domains(4))
    answer(world)
    world.write_list(domains(5))
    first = summarise(world, request_missing=True)
    assert (first.completed, first.missing, len(first.asked.made), len(first.asked.nothing)) == (4, 1, 4, 1)
    assert first.asked.credits_spent == 8
    second = summarise(world, request_missing=True)
    assert (second.completed, second.asked.posts, posts(world)) == (4, 0, 5)


def test_a_lost_reply_is_looked_for(summed: World) -> None:
    """A POST whose reply was lost shows in the listing; the company is not asked about again."""
    summed.write_list(domains(3))
    answer(summed)
    summed.fault("reset_after", SUMMARIES, method="POST", times=1)
    result = summarise(summed, request_missing=True)
    assert (result.completed, result.asked.posts, result.asked.unknown) == (3, 3, {})
    assert (summarise(summed, request_missing=True).asked.posts, posts(summed)) == (0, 3)


@pytest.mark.slow
def test_one_that_never_arrived_is_asked_again_when_the_wait_is_over(summed: World) -> None:
    """Without a trace a company is not asked about again before the waiting time, and is afterwards."""
    summed.write_list(domains(1))
    answer(summed)
    summed.fault("error_before", SUMMARIES, method="POST", times=1)
    unknown = summarise(summed, request_missing=True, max_wait_minutes=1)
    assert (unknown.missing, len(unknown.asked.unknown)) == (1, 1)
    summed.heal()
    assert summarise(summed, request_missing=True, max_wait_minutes=0).asked.posts == 0
    summed.clock.advance(601)
    assert summarise(summed, request_missing=True).completed == 1


@pytest.mark.parametrize("refuse", [False, True], ids=["connecting", "429"])
@pytest.mark.slow
def test_one_taken_over_meanwhile_is_not_asked_for(summed: World, *, refuse: bool) -> None:
    """A company that another run took over while the request waited is not asked about by this one."""
    summed.write_list(domains(3))
    answer(summed)
    taken: list[str] = []

    def take_over(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or taken:
            return None
        taken.append(json.loads(request.content)["domain"])
        ledger = Ledger.open(summed.paths.ledger)
        with ledger.transaction() as connection:
            its = t.summary_requests.c.domain == taken[0]
            connection.execute(t.summary_requests.update().where(its).values(run_id="another", state="made"))
        ledger.close()
        refusal = {"statusCode": 429, "error": "Too Many Requests", "message": "later", "retryAfter": 5}
        return httpx.Response(429, json=refusal) if refuse else None

    summed.transport = lambda: InterceptingTransport(before=take_over)
    assert summarise(summed, request_missing=True).asked.posts == 2
    assert (len(taken), posts(summed)) == (1, 2)
    rows = summed.ledger_rows("SELECT domain, run_id, state FROM summary_requests WHERE run_id = 'another'")
    assert rows == [(taken[0], "another", "made")]


@pytest.mark.slow
def test_killed_after_the_post(summed: World, caplog: pytest.LogCaptureFixture) -> None:
    """A run that dies after its POST leaves it written down and says so: the next one looks and does not ask again."""
    summed.write_list(domains(1))
    answer(summed)

    class KilledError(BaseException):
        """Stands for the end of the process."""

    def die(request: httpx.Request) -> None:
        if request.method == "POST":
            raise KilledError

    summed.transport = lambda: InterceptingTransport(after=die)
    with pytest.raises(KilledError):
        summarise(summed, request_missing=True)
    summed.transport = None
    assert "Saber continues what was bought, and nothing is lost" in caplog.text
    assert summed.ledger_rows("SELECT state FROM summary_requests") == [("intended",)]
    result = summarise(summed, request_missing=True)
    assert (result.completed, result.asked.posts, posts(summed)) == (1, 0, 1)


def test_one_that_is_being_made_already(start: StartWorld) -> None:
    """A 409 is no failure: the summary under way is waited for."""
    world = start(summary_seconds=30)
    world.write_list(domains(2))
    answer(world, summary=True)
    hidden: set[str] = set()

    def hide(request: httpx.Request) -> httpx.Response | None:
        if is_listing(request) and request.url.params["domain"] not in hidden:
            hidden.add(request.url.params["domain"])
            return httpx.Response(200, json={"results": [], "total": 0, "limit": 100, "offset": 0, "count": 0})
        return None

    world.transport = lambda: InterceptingTransport(before=hide)
    result = summarise(world, request_missing=True)
    assert (result.completed, len(result.asked.running), posts(world)) == (2, 2, 2)


def test_one_that_was_being_made_and_never_shows(summed: World) -> None:
    """A summary that a 409 spoke of is waited for as long as a lost reply, and no run of a later day waits for it."""
    summed.write_list(domains(1))
    refusal = {"error": {"type": "CONFLICT", "code": "CONFLICT", "message": "running", "requestId": "1"}}

    def conflict(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(409, json=refusal) if request.method == "POST" else None

    summed.transport = lambda: InterceptingTransport(before=conflict)
    assert len(summarise(summed, request_missing=True).asked.running) == 1
    summed.clock.advance(86_400)
    began = summed.clock.seconds
    assert summarise(summed).missing == 1
    assert summed.clock.seconds - began < 60


def test_credits_that_run_out(start: StartWorld) -> None:
    """Without credits asking stops, what was made is published, and the run says why."""
    world = start(summary_seconds=0, credits_per_summary=1)
    world.settings_changed = {"concurrency": 1}
    world.write_list(domains(5))
    answer(world)
    world.sandbox.set_credits(2)
    result = summarise(world, request_missing=True)
    assert isinstance(result.stopped_by, OutOfCreditsError)
    assert (result.completed, result.missing) == (2, 3)
    assert world.published("SELECT count(*) FROM summaries") == [(2,)]
    world.sandbox.set_credits(9)
    assert summarise(world, request_missing=True).completed == 5


@pytest.mark.slow
def test_a_changed_summary_replaces_the_old_state(start: StartWorld) -> None:
    """One seen in the making is read again when done; a later one of the company becomes the newest."""
    world = start(summary_seconds=50)
    world.write_list(domains(1))
    answer(world, summary=True)
    early = summarise(world, max_wait_minutes=0)
    assert early.processing == 1
    assert world.published("SELECT status, is_newest FROM summaries") == [("processing", True)]
    assert summarise(world).completed == 1
    answer(world, summary=True, force=True)
    world.clock.advance(100)
    assert summarise(world).read == 1
    states = world.published("SELECT status, is_newest FROM summaries ORDER BY created_at")
    assert states == [("completed", False), ("completed", True)]
    assert world.published("SELECT count(DISTINCT summary_id) FROM summary_points") == [(2,)]


def test_every_listing_names_a_domain(summed: World) -> None:
    """Each company of the lists is read by its domain, and others are not."""
    summed.write_list(domains(12))
    answer(summed, summary=True)
    summed.clock.advance(60)
    summed.write_list(domains(3))
    asked_for: list[str | None] = []

    def note(request: httpx.Request) -> httpx.Response | None:
        if is_listing(request):
            asked_for.append(request.url.params.get("domain"))
        return None

    summed.transport = lambda: InterceptingTransport(before=note)
    result = summarise(summed, request_missing=True)
    assert (result.completed, result.asked.posts) == (3, 0)
    assert sorted(str(domain) for domain in asked_for) == domains(3)


def short_page(total: int) -> httpx.Response:
    return httpx.Response(200, json={"results": [], "total": total, "limit": 100, "offset": 0, "count": 0})


def test_a_shifting_page_is_read_again(summed: World) -> None:
    """A page that holds less than its total says is read again; the summary is found, and nothing is asked for."""
    summed.write_list(domains(4))
    answer(summed, summary=True)
    summed.clock.advance(60)
    seen: set[str] = set()

    def shift(request: httpx.Request) -> httpx.Response | None:
        domain = request.url.params.get("domain", "")
        if is_listing(request) and domain not in seen:
            seen.add(domain)
            return short_page(1)
        return None

    summed.transport = lambda: InterceptingTransport(before=shift)
    result = summarise(summed, request_missing=True)
    assert (result.completed, result.unproven, result.requests["list_summaries"]) == (4, {}, 8)
    assert (result.asked.posts, posts(summed)) == (0, 0)


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("fault", ["short", "refused", "without an id"])
@pytest.mark.slow
def test_a_page_that_never_comes_buys_nothing(summed: World, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """A company whose pages prove nothing is reported and not asked about; the others are, and a later run mends it."""
    summed.write_list(domains(3))
    answer(summed)
    dark = domains(3)[1]

    def withhold(request: httpx.Request) -> httpx.Response | None:
        if not is_listing(request) or request.url.params["domain"] != dark:
            return None
        if fault == "refused":
            return httpx.Response(422, json={"code": "VALIDATION_ERROR", "message": "No such company"})
        if fault == "short":
            return short_page(2)
        row = {"status": "completed", "summary": []}
        return httpx.Response(200, json={"results": [row], "total": 1, "limit": 100, "offset": 0, "count": 1})

    summed.transport = lambda: InterceptingTransport(before=withhold)
    for _ in range(2):
        result = summarise(summed, request_missing=True)
        assert list(result.unproven) == [dark]
        assert (result.completed, result.missing, posts(summed)) == (2, 1, 2)
    assert f"of 1 companies could not be read whole, so none was requested for them: {dark}" in caplog.text
    summed.transport = None
    assert summarise(summed, request_missing=True).unproven == {}
    assert (posts(summed), summarise(summed, request_missing=True).completed) == (3, 3)


def listing_of(rows: list[dict[str, Any]]) -> httpx.Response:
    page = {"results": rows, "total": len(rows), "limit": 100, "offset": 0, "count": len(rows)}
    return httpx.Response(200, json=page)


def list_only(world: World, *rows: dict[str, Any]) -> None:
    """Every company's listing shows these rows, whatever the sandbox has."""
    world.transport = lambda: InterceptingTransport(
        before=lambda request: listing_of(list(rows)) if is_listing(request) else None
    )


def test_a_reply_that_landed_is_owned(summed: World) -> None:
    """A summary whose reply has landed is never paid again, though no listing shows it; the tables show the reply."""
    summed.write_list(domains(1))
    answer(summed)
    list_only(summed)
    first = summarise(summed, request_missing=True, max_wait_minutes=0)
    assert (first.completed, len(first.asked.made), posts(summed)) == (1, 1, 1)
    summed.clock.advance(90 * 86_400)
    again = summarise(summed, request_missing=True, max_wait_minutes=0)
    assert (again.completed, again.asked.posts, posts(summed)) == (1, 0, 1)
    by_reply = "SELECT domain, status, is_newest, summary_id FROM summaries"
    assert summed.published(by_reply) == [("company00000.com", "completed", True, "requested company00000.com")]
    points = "SELECT description, qualification, reference_questions FROM summary_points ORDER BY ALL"
    told = summed.published(points)
    assert told
    rebuild_answers(summed.settings, summed.questions)
    assert len(summed.published(by_reply)) == 1
    summed.transport = None
    assert summarise(summed, request_missing=True).completed == 1
    assert [row[3].startswith("requested") for row in summed.published(by_reply)] == [False]
    assert (summed.published(points), posts(summed)) == (told, 1)


def test_a_landed_reply_is_owned_by_the_ledger_too(summed: World) -> None:
    """With its landing file lost, the ledger still knows that the reply came, and nothing is bought again."""
    summed.write_list(domains(1))
    answer(summed)
    list_only(summed)
    summarise(summed, request_missing=True, max_wait_minutes=0)
    for file in summed.paths.landed_records(RecordKind.SUMMARIES).iterdir():
        file.unlink()
    rebuild_answers(summed.settings, summed.questions)
    summed.clock.advance(86_400)
    again = summarise(summed, request_missing=True, max_wait_minutes=0)
    assert (again.missing, again.asked.posts, posts(summed)) == (1, 0, 1)


def test_killed_between_landing_and_ledger(summed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that landed is owned even if the run died before the ledger knew, and no listing shows it."""
    summed.write_list(domains(1))
    answer(summed)
    list_only(summed)

    class KilledError(BaseException):
        """Stands for the end of the process."""

    def die(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("saber_pipeline.runs.summaries.summary_purchases.accept", die)
        with pytest.raises(KilledError):
            summarise(summed, request_missing=True, max_wait_minutes=0)
    assert summed.ledger_rows("SELECT state FROM summary_requests") == [("intended",)]
    summed.clock.advance(86_400)
    result = summarise(summed, run_id="again", request_missing=True, max_wait_minutes=0)
    assert (result.completed, result.asked.posts, posts(summed)) == (1, 0, 1)


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize(
    ("listed_as", "named"),
    [
        ("company00000.com", "Company00000.COM"),
        ("company00000.com", "www.company00000.com"),
        ("company00000.com", "company00000.com."),
        ("company00000.com", " https://www.company00000.com/ "),
        ("xn--mnchen-3ya.de", "München.de"),
    ],
)
def test_a_company_spelled_otherwise(summed: World, listed_as: str, named: str) -> None:
    """A summary that spells its company in another way is the company's, and is not bought again."""
    summed.write_list([listed_as])
    row = {"id": "summary-1", "domain": named, "status": "completed", "summary": []}
    list_only(summed, row)
    result = summarise(summed, request_missing=True, max_wait_minutes=0)
    assert (result.completed, result.missing, posts(summed)) == (1, 0, 0)
    assert summed.published("SELECT domain, summary_id FROM summaries") == [(listed_as, "summary-1")]


def test_a_listing_that_names_another_company(summed: World) -> None:
    """Where all of a company's summaries name another one, that proves nothing: it is told, and nothing is bought."""
    summed.write_list(domains(1))
    row = {"id": "summary-1", "domain": "parent.com", "status": "completed", "summary": []}
    list_only(summed, row)
    result = summarise(summed, request_missing=True, max_wait_minutes=0)
    assert (result.missing, posts(summed)) == (1, 0)
    assert result.unproven == {"company00000.com": "its summaries name another company: parent.com"}


def test_a_status_of_another_name_is_not_waited_for(summed: World) -> None:
    """A summary whose status is null or new is read and told as not finished, and no run waits for its end."""
    summed.write_list(domains(1))
    for number, status in enumerate([None, "ready"]):
        list_only(summed, {"id": f"summary-{number}", "status": status, "summary": [], "updatedAt": None})
        began = summed.clock.seconds
        result = summarise(summed, request_missing=True, max_wait_minutes=30)
        assert (result.processing, result.missing, posts(summed)) == (1, 0, 0)
        assert summed.clock.seconds - began < 60


def test_a_summary_of_two_companies(summed: World) -> None:
    """A summary that is listed for two companies is the summary of both, in the run that reads it and in later ones."""
    summed.write_list(domains(2))
    list_only(summed, {"id": "summary-1", "status": "completed", "summary": []})
    for number in range(2):
        result = summarise(summed, run_id=f"run{number}", request_missing=True, max_wait_minutes=0)
        assert (result.completed, result.missing, posts(summed)) == (2, 0, 0)
    assert summed.published("SELECT count(*) FROM summaries") == [(1,)]


def test_a_summary_that_is_listed_twice(summed: World) -> None:
    """Two readings with the same summaries prove a listing that repeats one: the company is not in doubt for ever."""
    summed.write_list(domains(1))
    row = {"id": "summary-1", "status": "completed", "summary": []}
    list_only(summed, row, row)
    result = summarise(summed, max_wait_minutes=0)
    assert (result.completed, result.unproven, result.requests["list_summaries"]) == (1, {}, 2)


def test_pages_of_summaries_without_totals(summed: World) -> None:
    """An empty page without a total is read twice before a summary counts as missing; one that was hidden is found."""
    summed.write_list(domains(1))
    answer(summed, summary=True)
    summed.clock.advance(60)
    hidden = [0]

    def hide(request: httpx.Request) -> httpx.Response | None:
        if is_listing(request) and not hidden[0]:
            hidden[0] = 1
            return httpx.Response(200, json={"results": []})
        return None

    summed.transport = lambda: InterceptingTransport(before=hide)
    result = summarise(summed, request_missing=True, max_wait_minutes=0)
    assert (result.completed, result.asked.posts, posts(summed)) == (1, 0, 0)


@pytest.mark.parametrize("minutes", [5, 20])
def test_an_outage_while_following(start: StartWorld, minutes: int) -> None:
    """A run says how far it is, goes on after an outage, and ends with one that lasts longer than ten minutes."""
    world = start(summary_seconds=50)
    world.write_list(domains(3))
    answer(world, summary=True)
    world.progress.clear()
    listed: list[float] = []

    def withhold(request: httpx.Request) -> httpx.Response | None:
        if is_listing(request):
            listed.append(world.clock.seconds)
            if len(listed) > 3 and world.clock.seconds < listed[0] + 60 * minutes:
                return httpx.Response(503, json={"message": "Out of service"})
        return None

    world.transport = lambda: InterceptingTransport(before=withhold)
    if minutes > 10:
        with pytest.raises(ApiError, match="status 503"):
            summarise(world)
        return
    assert summarise(world).completed == 3
    assert [(told.done, told.total, told.noun) for told in world.progress if told.done] == [
        (3, 3, "listings"),
        (3, 3, "companies"),
    ]


def test_what_could_be_read_lands(summed: World) -> None:
    """One company that cannot be read ends the run; the summaries of the others are published."""
    summed.write_list(domains(4))
    answer(summed, summary=True)
    summed.clock.advance(60)

    def fail(request: httpx.Request) -> httpx.Response | None:
        is_dark = is_listing(request) and request.url.params["domain"] == domains(4)[0]
        return httpx.Response(503, json={"message": "Out of service"}) if is_dark else None

    summed.transport = lambda: InterceptingTransport(before=fail)
    with pytest.raises(ApiError):
        summarise(summed)
    assert summed.published("SELECT count(*) FROM summaries") == [(3,)]


def test_without_a_list(summed: World) -> None:
    """Without a domain list there is nothing to read, and the error says so."""
    with pytest.raises(ListError, match="There is no domain list"):
        summarise(summed)
