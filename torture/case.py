"""A case, drawn from its seed alone: the same seed is the same case."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.settings import Settings
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from torture.kill_points import A_MOMENT, POINTS, RECURRING, RESEARCH_FUNCTION_POINTS, RESEARCH_POINTS, Kill
from torture.troubles import Trouble, draw_trouble

QUESTIONS = {
    "batches": (
        Question("size", "How many people work there?", AnswerType.NUMBER),
        Question("cloud", "Which cloud do they use?"),
        Question("sells_online", "Do they sell online?", AnswerType.BOOLEAN),
    ),
    "mixed": (
        Question("size", "How many people work there?", AnswerType.NUMBER),
        Question("mood", "What is their mood?", verification_mode=VerificationMode.LENIENT),
        Question("sells_online", "Do they sell online?", AnswerType.BOOLEAN),
    ),
    "contacts": (
        Question("role", "What is this person's role?", about=SubjectType.CONTACT),
        Question("years", "For how many years?", AnswerType.NUMBER, about=SubjectType.CONTACT),
        Question("hires", "Are they hiring?", AnswerType.BOOLEAN, about=SubjectType.CONTACT),
    ),
    "research": (),  # people, asked about without a question
}
"""What is asked, by the routes that carry it."""

BATCHES = "/v1/companies/signals/batch"
PURCHASES = "/v1/(companies|contacts)/signals(/batch|/sync)?$"
LISTINGS = "/v1/(companies|contacts)/signals"
RESEARCH = "/v1/contacts/research"
RESEARCH_EVERY = 4
LEASE_SECONDS = 2.0
STATUSES = (500, 502, 503)
SHAPES = ("flat", "envelope", "alternate")

BATCH_POST = {"method": "POST", "path": BATCHES, "times": 1, "status": 500, "shape": "flat", "skip": 0}
NEEDED_FAULTS: dict[str, dict[str, Any]] = {
    "orphans adopted": {"rules": [{**BATCH_POST, "kind": "reset_after"}], "seed": 1},
    "resolved": {"rules": [{**BATCH_POST, "kind": "reset_before"}], "seed": 1},
}
"""A purchase whose reply is lost, and one that did not take place: only after these a run comes by there."""

Launch = tuple[Kill | None, ...]
"""Processes started together, each with its death."""


@dataclass(frozen=True)
class Case:
    """What the sandbox is like, what there was before, and how often a run is started and killed."""

    seed: int
    kind: str  # "kill" or "storm"
    asked: str  # a key of QUESTIONS
    domains: int  # or people
    questions: int
    force: bool
    domains_owned: int  # of an undisturbed run before
    domains_cached: int  # bought by somebody else with the same key before
    sandbox: dict[str, Any]
    max_batch_domains: int
    at_once: int  # requests under way
    launches: tuple[Launch, ...]
    faults: dict[str, Any] | None
    effects: dict[str, Any]  # in force from the beginning to the end, also in the undisturbed run
    trouble: Trouble
    credits_share: float | None  # of what the purchases cost, before a top-up; None: enough
    is_small: bool

    @property
    def is_research(self) -> bool:
        """Whether it is about contact research."""
        return self.asked == "research"

    @property
    def command(self) -> str:
        """Repeats this case alone."""
        return f"python -m torture --{self.kind} {self.seed}{' --small' if self.is_small else ''}"


def draw_case(kind: str, seed: int, *, is_small: bool = False) -> Case:
    """The case with this seed; ``is_small``: with a dozen domains.

    The points come in turn, so that some hundred cases meet each of them. Each fourth seed is contact research.
    """
    if seed % RESEARCH_EVERY == 1:
        return _draw_research(kind, seed, is_small=is_small)
    rng = random.Random(f"{kind} {seed}")  # noqa: S311 - repeatable cases, no secrets
    domains = rng.choice((12, 30, 60, 90, 150))
    domains = 12 if is_small else domains
    asked = _asked(kind, seed, rng)
    force = _chance(rng, 0.5)
    low = rng.choice((0.5, 3.0, 10.0))
    sandbox = {
        "seed": seed,
        "processing_seconds": (low, low * rng.choice((1.5, 4.0))),
        "creation_spread_seconds": rng.choice((0.0, 3.0, 12.0)),
        "async_domain_cap": rng.choice((None, None, 40)),
        "failed_share": rng.choice((0.0, 0.1)),
        "not_known_share": rng.choice((0.0, 0.15)),
        "cache_hits_charged": _chance(rng, 0.2),
    }
    credits_share = rng.choice((0.6, 0.8)) if kind == "storm" and _chance(rng, 0.4) else None
    if credits_share is not None:
        # The price is twice the one configured, so the guard lets a run begin that the balance does not carry.
        ways = ("payment_required", "reject_items", *(() if force else ("fail_later",)))
        sandbox |= {"credits_per_signal": 2, "out_of_credits_way": OutOfCreditsWay(rng.choice(ways))}
    needed = NEEDED_FAULTS.get(POINTS[seed % len(POINTS)]) if kind == "kill" else None
    case = Case(
        seed=seed,
        kind=kind,
        asked=asked,
        domains=domains,
        questions=rng.choice((2, 3)),
        force=force,
        domains_owned=rng.choice((0, 0, domains // 2, domains)),
        domains_cached=0 if asked == "contacts" else rng.choice((0, 0, domains // 3)),
        sandbox=sandbox,
        max_batch_domains=rng.choice((20, 35, 20_000)),
        at_once=Settings().concurrency,
        launches=_launches(kind, POINTS[seed % len(POINTS)], rng),
        faults=_faults(kind, rng),
        effects={"stuck_share": 0.05} if _chance(rng, 0.15) else {},
        trouble=_trouble(kind, seed, PURCHASES, is_small=is_small),
        credits_share=credits_share,
        is_small=is_small,
    )
    return case if needed is None else _meeting(case, needed)


def _meeting(case: Case, faults: dict[str, Any]) -> Case:
    """The same so that its first run passes its point: what it needs goes wrong, and there is something to buy."""
    first = case.launches[0][0]
    alone = ((replace(first, number=1) if first else None,),)
    return replace(
        case, asked="batches", domains_owned=0, domains_cached=0, launches=alone, faults=faults, domains=60, effects={}
    )


def _draw_research(kind: str, seed: int, *, is_small: bool) -> Case:
    rng = random.Random(f"research {kind} {seed}")  # noqa: S311 - repeatable cases, no secrets
    people = rng.choice((24, 40, 60, 120))
    people = 12 if is_small else people
    low = rng.choice((0.5, 3.0, 10.0))
    sandbox: dict[str, Any] = {
        "seed": seed,
        "processing_seconds": (low, low * rng.choice((1.5, 4.0))),
        "failed_share": rng.choice((0.0, 0.1)),
        "credits_per_signal": 1,
    }
    credits_share = rng.choice((0.6, 0.8)) if kind == "storm" and _chance(rng, 0.4) else None
    if credits_share is not None:
        ways = ("payment_required", "fail_later")
        sandbox |= {"credits_per_signal": 2, "out_of_credits_way": OutOfCreditsWay(rng.choice(ways))}
    force = _chance(rng, 0.5)
    points = RESEARCH_POINTS
    launches = _launches(kind, points[seed // RESEARCH_EVERY % len(points)], rng, points)
    return Case(
        seed=seed,
        kind=kind,
        asked="research",
        domains=people,
        questions=1,
        force=force,
        domains_owned=rng.choice((0, 0, people // 2, people if force else 0)),
        domains_cached=0,
        sandbox=sandbox,
        max_batch_domains=Settings().max_batch_domains,
        at_once=2 if is_small else rng.choice((2, 5, 64)),
        launches=_amid_purchases(launches, rng),
        faults=_faults(kind, rng, purchases=f"{RESEARCH}$", readings=f"{RESEARCH}/"),
        effects={},
        trouble=_trouble(kind, seed, f"{RESEARCH}$", is_small=is_small),
        credits_share=credits_share,
        is_small=is_small,
    )


def _trouble(kind: str, seed: int, purchases: str, *, is_small: bool) -> Trouble:
    """Storms bring it, but for the few of the test suite."""
    if kind != "storm" or is_small:
        return Trouble()
    return draw_trouble(seed, purchases, lease_seconds=LEASE_SECONDS, is_research=seed % RESEARCH_EVERY == 1)


def _asked(kind: str, seed: int, rng: random.Random) -> str:
    """Mostly batches; a point that only single creates pass gets a case that has them."""
    if kind == "kill" and "single" in POINTS[seed % len(POINTS)]:
        return rng.choice(("mixed", "contacts"))
    return rng.choice(("batches", "batches", "mixed", "contacts"))


def _launches(kind: str, point: str, rng: random.Random, points: Sequence[str] = POINTS) -> tuple[Launch, ...]:
    if kind == "storm":
        return rng.choice((((None,),), ((None, None),), ((_any_kill(rng, points),),)))
    first = _kill(point, rng)
    alone = ((first,),)
    twice = ((first,), (_any_kill(rng, points),))
    beside = ((first, rng.choice((None, _any_kill(rng, points)))),)
    launches: tuple[Launch, ...] = rng.choice((alone, alone, alone, twice, beside))
    return launches


def _amid_purchases(launches: tuple[Launch, ...], rng: random.Random) -> tuple[Launch, ...]:
    """Kills around a POST come at any of the many that contact research takes."""
    return tuple(
        tuple(replace(kill, number=rng.randint(1, 20)) if kill and "POST" in kill.point else kill for kill in launch)
        for launch in launches
    )


def _any_kill(rng: random.Random, points: Sequence[str]) -> Kill:
    return _kill(rng.choice((*points, A_MOMENT, A_MOMENT)), rng)


def _kill(point: str, rng: random.Random) -> Kill:
    if point == A_MOMENT:
        return Kill(point, rng.randint(20, 3_000))
    if "GET" in point:
        return Kill(point, rng.randint(1, 25))
    if point in RESEARCH_FUNCTION_POINTS and point in RECURRING:
        return Kill(point, rng.randint(1, 4 if point.startswith("researches") else 20))
    number = rng.choice((1, 1, 2))
    return Kill(point, number if point in RECURRING else 1)


def _faults(
    kind: str, rng: random.Random, purchases: str = PURCHASES, readings: str = LISTINGS
) -> dict[str, Any] | None:
    if kind == "kill" and _chance(rng, 0.7):
        return None
    rules = [_purchase_fault(rng, purchases) for _ in range(rng.randint(1, 3 if kind == "storm" else 1))]
    if kind == "storm" or _chance(rng, 0.5):
        rules += [_reading_fault(rng, readings) for _ in range(rng.randint(1, 3))]
    faults: dict[str, Any] = {"rules": rules, "seed": rng.randrange(1_000_000)}
    if kind == "storm" and _chance(rng, 0.4):
        faults["effects"] = {"lost_member_share": rng.choice((0.05, 0.3))}
    if kind == "storm" and _chance(rng, 0.3):
        faults["outage_seconds"] = rng.uniform(5, 60)
        faults["outage_kind"] = rng.choice(("reset_before", "error_before"))
    return faults


def _purchase_fault(rng: random.Random, path: str) -> dict[str, Any]:
    kinds = ("reset_before", "reset_after", "error_before", "error_after", "truncate", "drip", "too_many_requests")
    return _rule(rng, rng.choice(kinds)) | {
        "method": "POST",
        "path": path,
        "skip": rng.choice((0, 0, 1, 2)),
        "times": rng.choice((1, 2, 4)),
    }


def _reading_fault(rng: random.Random, path: str) -> dict[str, Any]:
    kinds = ("reset_before", "reset_after", "error_before", "truncate", "drip", "too_many_requests")
    return _rule(rng, rng.choice(kinds)) | {
        "method": "GET",
        "path": path,
        "probability": rng.choice((0.05, 0.2, 0.5)),
        "times": rng.choice((5, 30)),
    }


def _rule(rng: random.Random, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "status": rng.choice(STATUSES),
        "shape": rng.choice(SHAPES),
        "retry_after_seconds": rng.choice((1, 5)),
        "seconds": 0.3,
    }


def _chance(rng: random.Random, share: float) -> bool:
    return rng.random() < share
