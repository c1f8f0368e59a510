"""One sandbox and one data directory, and runs as processes over them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import CONTACTS, SubjectKind, kind_of
from saber_pipeline.config.settings import Settings
from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from torture.case import BATCHES, LEASE_SECONDS, QUESTIONS, Case
from torture.fast_clock import FastClock
from torture.kill_points import A_MOMENT, Kill
from torture.run_process import KEY, LIST_NAME, Job, run_process

PATIENCE_SECONDS = 120.0
"""A process that takes longer hangs; 30 minutes of the fast clock end a run before that."""

FOREIGN_BATCH_SECONDS = 90.0
"""By the fast clock: whatever somebody else bought is done then, and too old to be taken for a purchase of ours."""

Books = dict[tuple[str, str], list[dict[str, Any]]]
"""Every signal made at the sandbox, by subject and question text."""


@dataclass(frozen=True)
class Ended:
    """A process that has ended. ``result`` is empty when it was killed."""

    kill: Kill | None
    was_killed: bool
    result: dict[str, Any]

    @property
    def lacked_credits(self) -> bool:
        """Whether it was credits that stopped the run, before or after its first purchase."""
        said = f"{self.result.get('error')} {self.result.get('stopped_by')}"
        return "redits" in said

    @property
    def is_finished(self) -> bool:
        """Whether the run did all that was asked."""
        return "totals" in self.result and not self.result["stopped_by"] and "not_finished" not in self.result["totals"]


@dataclass
class CaseProject:
    """``folder`` takes the data directory and what the processes said."""

    case: Case
    folder: Path
    clock: FastClock
    is_disturbed: bool = True
    sandbox: RunningSandbox = field(init=False)
    _runs: int = 0
    _jump_at: float = 0.0
    _storm_began: float = 1e12  # by the fast clock: not yet
    _given: int = SandboxSettings().credits
    _spent: int = 0

    def __post_init__(self) -> None:
        self.sandbox = RunningSandbox(SandboxSettings(**self.case.sandbox), clock=SandboxClock(self.clock.seconds))

    @property
    def questions(self) -> tuple[Question, ...]:
        return QUESTIONS[self.case.asked][: self.case.questions]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Subject and question text of everything that the case asks about; people have no question."""
        texts = [question.text for question in self.questions] or [""]
        return [(subject, text) for subject in self.subjects(self.case.domains) for text in texts]

    @property
    def kind(self) -> SubjectKind:
        """What the case asks about."""
        return kind_of(self.questions[0].about)

    @property
    def paths(self) -> DataPaths:
        return DataPaths(self.folder / "data")

    @property
    def settings(self) -> Settings:
        return Settings(
            base_url=self.sandbox.base_url,
            data_dir=self.paths.data_dir,
            resolve_wait_minutes=0.75,  # longer than the sandbox goes on creating
            lost_after_minutes=3,
            # Longer than any signal that is not stuck: on a busy machine a run may take a while over a page.
            stuck_after_hours=0.25 if "stuck_share" in self.case.effects else 1.0,
            lease_seconds=LEASE_SECONDS,
            max_batch_domains=self.case.max_batch_domains,
            concurrency=self.case.at_once,
        )

    def subjects(self, count: int) -> list[str]:
        """Domains, profile addresses, or people as the sandbox's books name them."""
        if self.case.is_research:
            return [f"anna lead{_letters(number)}, {_employer(number)}" for number in range(count)]
        if self.kind is CONTACTS:
            return [f"https://www.linkedin.com/in/person-{number:05d}" for number in range(count)]
        return [f"company{number:05d}.com" for number in range(count)]

    def set_faults(self, faults: dict[str, Any] | None = None) -> None:
        """Put ``faults`` in force, beside the effects that the case has throughout."""
        wanted = dict(faults or {})
        trouble = self.case.trouble
        ahead: dict[str, float] = {}
        if self.is_disturbed:
            ahead = {"date_ahead_seconds": trouble.date_ahead_seconds}
            if trouble.date_jump_after_seconds is not None:
                ahead["date_ahead_from"] = self._storm_began + trouble.date_jump_after_seconds * self.clock.speed
        self.sandbox.set_faults(**wanted | {"effects": self.case.effects | ahead | wanted.get("effects", {})})

    def set_storm(self) -> None:
        """What the case says goes wrong, and the rules of its trouble before all else."""
        self._storm_began = self.clock.seconds()
        faults = dict(self.case.faults or {})
        faults["rules"] = [*self.case.trouble.rules, *faults.get("rules", ())]
        self.set_faults(faults)

    def write_list(self, count: int) -> None:
        """The list with its first ``count`` subjects."""
        if self.case.is_research:
            self._write_people(count)
            return
        folder = self.paths.lists(self.kind)
        folder.mkdir(parents=True, exist_ok=True)
        lines = [self.kind.column, *self.subjects(count), ""]
        (folder / f"{LIST_NAME}.csv").write_text("\n".join(lines), "utf-8")

    def _write_people(self, count: int) -> None:
        self.paths.research_lists.mkdir(parents=True, exist_ok=True)
        rows = [f"Anna,Lead{_letters(number)},Acme,{_employer(number)}" for number in range(count)]
        lines = ["first_name,last_name,company_name,company_domain", *rows, ""]
        (self.paths.research_lists / f"{LIST_NAME}.csv").write_text("\n".join(lines), "utf-8")

    def set_credits(self, amount: int) -> None:
        """Set the balance, and keep in mind what was spent until now."""
        self._spent, self._given = self.spent(), amount
        self.sandbox.set_credits(amount)

    def spent(self) -> int:
        """How far the balance fell in all, top-ups left out."""
        return self._spent + self._given - int(self.sandbox.books(pairs=False)["remaining_credits"])

    def buy_as_somebody_else(self) -> None:
        """Answers in the API's cache that no ledger of ours knows."""
        items = [{"question": q.text, "answerType": q.answer_type.value} for q in self.questions if q.fits_batches]
        domains = self.subjects(self.case.domains_cached)
        step = self.case.sandbox["async_domain_cap"] or len(domains)
        with httpx.Client(base_url=self.sandbox.base_url, trust_env=False) as http:
            for start in range(0, len(domains), step):
                body = {"signals": items, "domains": domains[start : start + step], "async": True}
                reply = http.post(BATCHES, json=body, headers={"Authorization": f"Bearer {KEY}"})
                reply.raise_for_status()
        time.sleep(FOREIGN_BATCH_SECONDS / self.clock.speed)

    def books(self) -> Books:
        """What was paid for: a signal that failed for want of credits was not."""
        if self.case.is_research:
            made: Books = {}
            for research in self.sandbox.books()["researches"]:
                made.setdefault((research["person"], ""), []).extend([research] if research["credits"] else [])
            return made
        pairs = self.sandbox.books()["pairs"]
        return {(p["subject"], p["question"]): [s for s in p["signals"] if s["credits"]] for p in pairs}

    def launch(
        self, kills: Sequence[Kill | None] = (None,), *, force: bool, most_file_bytes: int | None = None
    ) -> list[Ended]:
        """Start a run for each of ``kills`` at once, and wait for all of them to end."""
        trouble = self.case.trouble
        clock = self.clock
        if self.is_disturbed and trouble.jump_seconds:
            self._jump_at = self._jump_at or time.time() + trouble.jump_after_seconds
            clock = replace(clock, jump_at=self._jump_at, jump_seconds=trouble.jump_seconds)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["torture.run_process"])
        started = []
        for kill in kills:
            self._runs += 1
            job = Job(
                run_id=f"run{self._runs}",
                settings=self.settings,
                questions=self.questions,
                clock=clock,
                force=force,
                is_research=self.case.is_research,
                kills=(kill,) if kill else (),
                most_file_bytes=most_file_bytes,
                seed=self.case.seed + self._runs,
                said=self.folder / f"run{self._runs}.log",
            )
            process = context.Process(target=run_process, args=(job,))
            process.start()
            if kill and kill.point == A_MOMENT and process.pid:
                threading.Timer(kill.number / 1000, _kill_process, (process.pid,)).start()
            started.append((process, job, kill))
        give_up = time.monotonic() + PATIENCE_SECONDS
        ended = []
        for process, job, kill in started:
            process.join(max(0.0, give_up - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
                ended.append(Ended(kill, was_killed=False, result={"crash": f"it hung, see {job.said}"}))
                continue
            was_killed = process.exitcode == -signal.SIGKILL
            result = json.loads(job.result_file.read_text("utf-8")) if not was_killed else {}
            ended.append(Ended(kill, was_killed, result))
        return ended


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04d}")


def _employer(number: int) -> str:
    return f"acme{number:05d}.com"


def _kill_process(process_id: int) -> None:
    with suppress(ProcessLookupError):  # it was faster
        os.kill(process_id, signal.SIGKILL)
