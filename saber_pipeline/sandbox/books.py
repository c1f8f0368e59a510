"""The sandbox's books: which signals were made and charged. The books show every double purchase."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.movable_clock import iso

if TYPE_CHECKING:
    from saber_pipeline.sandbox.records import Research
    from saber_pipeline.sandbox.sandbox_state import Sandbox


def read_books(sandbox: Sandbox, *, with_pairs: bool = True) -> dict[str, Any]:
    """Totals, and every pair with its fresh signals.

    ``repeated_pairs`` counts pairs with more than one fresh signal. ``unforced_repeats`` counts signals that were made
    without force although the pair already had a signal.
    """
    pairs: dict[tuple[int, str], list[dict[str, Any]]] = {}
    charged = unforced_repeats = 0
    now_ms = sandbox.clock.now_ms()
    for signal in sandbox.store.signals:
        made = pairs.setdefault((signal.asked, signal.subject), [])
        unforced_repeats += bool(made) and not signal.is_forced
        charged += signal.credits
        made.append(
            {
                "id": signal.id,
                "created_at": iso(signal.created_ms),
                "force_refresh": signal.is_forced,
                "credits": signal.credits,
                "batch_id": signal.batch_id or None,
                "status": signal.status(now_ms),
            }
        )
    books: dict[str, Any] = {
        "signals": len(sandbox.store.signals),
        "pairs_made": len(pairs),
        "repeated_pairs": sum(len(made) > 1 for made in pairs.values()),
        "unforced_repeats": unforced_repeats,
        "credits_charged_for_signals": charged,
        "remaining_credits": sandbox.credits,
        "cache_hits": sandbox.cache_hits,
        "contact_researches": len(sandbox.researches),
        "contact_researches_by_person": _researches_by_person(sandbox),
        "batches": len(sandbox.batches),
        "webhooks": dict(sandbox.webhooks.counts),
        "requests": dict(sandbox.requests),
    }
    if with_pairs:
        books["pairs"] = [_pair(sandbox, *pair, made) for pair, made in pairs.items()]
        books["researches"] = [_research(sandbox, each) for each in sandbox.researches.values() if not each.is_foreign]
    return books


def _researches_by_person(sandbox: Sandbox) -> dict[str, int]:
    """How often each person's research was bought, by ``<first> <last>, <domain>`` in lower case."""
    return dict(Counter(_person(research) for research in sandbox.researches.values() if not research.is_foreign))


def _person(research: Research) -> str:
    return f"{research.first_name} {research.last_name}, {research.company_domain}".lower()


def _research(sandbox: Sandbox, research: Research) -> dict[str, Any]:
    credits_paid = 0 if research.is_unpaid else sandbox.settings.credits_per_signal
    return {"id": research.id, "person": _person(research), "credits": credits_paid}


def _pair(sandbox: Sandbox, asked_number: int, subject: str, made: list[dict[str, Any]]) -> dict[str, Any]:
    asked = sandbox.store.asked[asked_number]
    return {
        "subject": subject,
        "subject_type": "contact" if asked.is_contact else "company",
        "question": asked.question,
        "answer_type": asked.answer_type,
        "verification_mode": asked.verification_mode,
        "output_schema_hash": asked.schema_hash,
        "fresh": len(made),
        "signals": made,
    }
