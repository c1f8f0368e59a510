"""Playing a case: kill, run again to the end, and compare with a run that nothing disturbed."""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.publication import rebuild_answers
from torture.case import Case, Launch
from torture.case_project import Books, CaseProject, Ended
from torture.fast_clock import FastClock
from torture.lost_files import check_lost_files, keep_older_ledger
from torture.reader import Reader
from torture.research_checks import check_research, ledgered
from torture.tables import Tables, differing, read_tables
from torture.troubles import Kind

SPEED = 25.0
UNDISTURBED_SPEED = 60.0
MOST_LAUNCHES = 8
STORM_LAUNCHES = 3
"""After so many launches a storm is over."""

UNDISTURBED_LAUNCHES = 3

PLENTY = 1_000_000

FINAL = {"owned", "answered", "not_known", "failed"}
FINAL_RESEARCH = {"owned", "researched", "failed", "unknown"}


@dataclass(frozen=True)
class Before:
    """What had been bought when a request began, and who was unknown then."""

    books: Books
    unknown: frozenset[str]


@dataclass
class Verdict:
    """What a case brought: ``double``, ``lost``, ``different``, ``unreadable`` and ``other`` must be empty.

    ``unknown`` purchases of contact research are shown as such, and left out of the comparison.
    """

    case: Case
    killed: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    paused: Counter[str] = field(default_factory=Counter)
    launches: int = 0
    reads: int = 0
    unknown: int = 0
    seconds: float = 0.0
    double: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    different: dict[str, list[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)  # crashes, outcomes that do not add up, runs without an end

    @property
    def is_good(self) -> bool:
        """Nothing was paid twice, lost, different, unreadable, or otherwise wrong."""
        return not (self.double or self.lost or self.different or self.unreadable or self.other)


def run_case(case: Case, *, keep: Path | None = None) -> Verdict:
    """Play ``case`` in a temporary folder; ``keep``: in this one, which stays."""
    began = time.monotonic()
    verdict = Verdict(case)
    folder = keep or Path(tempfile.mkdtemp(prefix=f"torture-{case.kind}-{case.seed}-"))
    try:
        requests, tables, left_out = _disturbed(case, folder / "disturbed", verdict)
        expected = _undisturbed(case, folder / "undisturbed", requests, left_out)
        verdict.different |= differing(tables, expected)
    except Exception:  # noqa: BLE001 - one case must not end the others
        verdict.other.append(traceback.format_exc())
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    verdict.seconds = time.monotonic() - began
    return verdict


def _disturbed(case: Case, folder: Path, verdict: Verdict) -> tuple[int, Tables, frozenset[str]]:
    """How many forced requests there were, the tables, and the company domains of people they leave out as unknown.

    A run that ended before it was killed leaves no request open.
    """
    project = _new_project(case, folder, SPEED)
    with project.sandbox:
        project.set_faults()
        foreign = _prepare(project)
        before = _before(project)
        keep_older_ledger(project)
        requests = 0
        with Reader(project.paths.answers_file) as reader:
            project.set_storm()
            if case.credits_share is not None:
                project.set_credits(int(case.credits_share * _cost(project, before)))
            for number in range(MOST_LAUNCHES):
                if number == STORM_LAUNCHES:
                    project.set_faults()
                if (
                    case.force
                    and not _is_request_open(project)
                    and (not requests or _sizes(project.books()) != _sizes(before.books))
                ):
                    # The request before was over when its run was killed, so this is a new one.
                    if requests:
                        _check_books(project, before, verdict)
                    before, requests = _before(project), requests + 1
                limit = case.trouble.most_file_bytes if number == 0 else None
                ended = project.launch(_kills(case, number), force=case.force, most_file_bytes=limit)
                _note(ended, project, verdict)
                if any(one.lacked_credits for one in ended):
                    project.set_credits(PLENTY)
                # All of them: what a killed run wrote after the other had published waits for the next publication.
                if number >= len(case.launches) - 1 and all(one.is_finished for one in ended):
                    break
            else:
                verdict.other.append(f"not finished after {MOST_LAUNCHES} launches")
        check_lost_files(project, verdict)
        verdict.unreadable += reader.errors
        verdict.reads = reader.reads
        _check_books(project, before, verdict)
        if case.is_research:
            check_research(project, verdict)
        else:
            _check_nothing_lost(project, foreign, verdict)
        left_out = frozenset(person.rpartition(", ")[2] for person in _before(project).unknown)
        published = read_tables(project.paths.answers_file, whole=True)
        common = read_tables(project.paths.answers_file, whole=False, without=left_out)
        rebuild_answers(project.settings, project.questions)
        rebuilt = read_tables(project.paths.answers_file, whole=True)
        verdict.different |= {f"rebuilt {name}": rows for name, rows in differing(rebuilt, published).items()}
        return max(requests, 1), common, left_out


def _kills(case: Case, number: int) -> Launch:
    """Who dies in this launch; one that stands still has a run beside it."""
    if number == 0 and case.trouble.pause:
        return (case.trouble.pause, None)
    return case.launches[number] if number < len(case.launches) else (None,)


def _undisturbed(case: Case, folder: Path, requests: int, left_out: frozenset[str]) -> Tables:
    project = _new_project(case, folder, UNDISTURBED_SPEED)
    project.is_disturbed = False
    with project.sandbox:
        project.set_faults()
        _prepare(project)
        for _ in range(requests):
            _run_to_the_end(project, force=case.force)
        return read_tables(project.paths.answers_file, whole=False, without=left_out)


def _new_project(case: Case, folder: Path, speed: float) -> CaseProject:
    folder.mkdir(parents=True)
    return CaseProject(case, folder, FastClock(time.time(), speed))


def _prepare(project: CaseProject) -> set[str]:
    """What was there before: answers in the API's cache, and owned ones. Returns the ids of the former."""
    if project.case.domains_cached:
        project.buy_as_somebody_else()
    foreign = {signal["id"] for signals in project.books().values() for signal in signals}
    if project.case.domains_owned:
        project.write_list(project.case.domains_owned)
        _run_to_the_end(project, force=False)
    project.write_list(project.case.domains)
    return foreign


def _run_to_the_end(project: CaseProject, *, force: bool) -> None:
    """One request. On a busy machine the fast clock may end the wait of a run; the next one goes on with it."""
    for _ in range(UNDISTURBED_LAUNCHES):
        (ended,) = project.launch(force=force)
        if ended.is_finished:
            return
        if ended.result.get("totals", {}).get("not_finished", 0) == 0:
            break
    raise RuntimeError(f"the undisturbed run did not finish: {ended.result}")


def _before(project: CaseProject) -> Before:
    return Before(project.books(), ledgered(project).unknown if project.case.is_research else frozenset())


def _is_request_open(project: CaseProject) -> bool:
    """Whether a forced request goes on in the next forced run."""
    if not project.paths.ledger_file.exists():
        return False
    if project.case.is_research:
        query = "SELECT 1 FROM researches WHERE request_id IS NOT NULL AND request_closed_at IS NULL LIMIT 1"
    else:
        query = "SELECT 1 FROM pairs JOIN forced_requests USING (request_id) WHERE closed_at IS NULL LIMIT 1"
    ledger = Ledger.open(project.paths.ledger_file)
    try:
        with ledger.reading() as connection:
            return connection.exec_driver_sql(query).first() is not None
    finally:
        ledger.close()


def _note(ended: list[Ended], project: CaseProject, verdict: Verdict) -> None:
    for one in ended:
        verdict.launches += 1
        if one.kill and one.kill.is_pause:
            verdict.paused[one.kill.point] += 1
        elif one.kill:
            (verdict.killed if one.was_killed else verdict.missed)[one.kill.point] += 1
        if one.was_killed:
            continue
        if "crash" in one.result:
            verdict.other.append(one.result["crash"])
        elif "error" in one.result:
            if project.case.faults is None and project.case.trouble.kind is Kind.NONE and not one.lacked_credits:
                verdict.other.append(one.result["error"])
        elif not one.result["adds_up"] or one.result["asked"] != project.case.domains * project.case.questions:
            verdict.other.append(f"the outcomes do not add up: {one.result}")
        elif one.is_finished and not one.result["totals"].keys() <= (
            FINAL_RESEARCH if project.case.is_research else FINAL
        ):
            verdict.other.append(f"an outcome that cannot be: {one.result}")


def _cost(project: CaseProject, before: Before) -> int:
    """Credits that the purchases of an undisturbed run cost."""
    due = len(project.pairs) if project.case.force else sum(not before.books.get(pair) for pair in project.pairs)
    return due * int(project.case.sandbox["credits_per_signal"])


def _sizes(books: Books) -> dict[tuple[str, str], int]:
    return {pair: len(signals) for pair, signals in books.items()}


def _check_books(project: CaseProject, before: Before, verdict: Verdict) -> None:
    """Each pair was bought once since ``before``: with force in any case, else where there was nothing.

    Of somebody unknown it may have been or not; and not again where they had been unknown before.
    """
    now = _before(project)
    for pair in project.pairs:
        had, has = len(before.books.get(pair, ())), len(now.books.get(pair, ()))
        wanted = had + 1 if project.case.force else max(had, 1)
        most = had if pair[0] in before.unknown else wanted
        least = had if pair[0] in now.unknown else wanted
        what = f"{', '.join(pair)}: {has} bought, {wanted} wanted"
        if has > most:
            verdict.double.append(f"{what}: {now.books[pair]}")
        elif has < least:
            verdict.lost.append(what)


def _check_nothing_lost(project: CaseProject, foreign: set[str], verdict: Verdict) -> None:
    """Every completed signal that we paid for, and unforced the cached ones, is in answers.duckdb."""
    signals = [signal for signals in project.books().values() for signal in signals]
    asked_for = {s["id"] for s in signals if s["status"] == "completed"}
    if project.case.force:
        asked_for -= foreign
    with duckdb.connect(str(project.paths.answers_file.resolve()), read_only=True) as con:
        there = {signal_id for (signal_id,) in con.execute("SELECT signal_id FROM signals").fetchall()}
    verdict.lost += [f"signal {signal_id} is not in answers.duckdb" for signal_id in sorted(asked_for - there)]
