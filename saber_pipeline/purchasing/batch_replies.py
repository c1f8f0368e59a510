"""Which pair each item of a sync-mode batch's reply is about."""

from __future__ import annotations

from collections.abc import Mapping

from saber_pipeline.api.batches import SyncBatch
from saber_pipeline.api.error_bodies import ErrorBody
from saber_pipeline.collection.match import companies_named, folded
from saber_pipeline.config.questions.question import Question
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.purchasing.chunks import Chunk


def match_items(
    chunk: Chunk, questions: Mapping[str, Question], reply: SyncBatch
) -> tuple[dict[Pair, str], dict[Pair, ErrorBody]]:
    """The ids the reply names, and what it says of what it rejects.

    An item is about the pair that is left by what it says; where several are, its place decides, if it is among them.
    """
    in_order = [Pair(pair.question_id, pair.subject) for pair in chunk.pairs()]
    by_subject: dict[str, list[Pair]] = {}
    for pair in in_order:
        by_subject.setdefault(pair.subject, []).append(pair)
    texts = {question_id: folded(questions[question_id].text) for question_id in chunk.question_ids}
    signal_ids: dict[Pair, str] = {}
    rejected: dict[Pair, ErrorBody] = {}
    for position, item in enumerate(reply.items):
        by_place = [in_order[position]] if len(reply.items) == len(in_order) else []
        named = [by_subject[subject] for subject in companies_named(item.domain) if subject in by_subject]
        if item.domain and not named:
            continue
        meant = named[0] if named else in_order
        text = folded(item.question or "")
        if text in texts.values():
            meant = [pair for pair in meant if texts[pair.question_id] == text]
        if len(meant) > 1:
            of_type = [pair for pair in meant if questions[pair.question_id].sent_as.value == item.answer_type]
            meant = of_type or meant
        if len(meant) > 1:
            meant = [pair for pair in meant if pair in by_place]
        if len(meant) != 1:
            continue
        found = meant[0]
        if item.is_rejected:
            rejected[found] = item.error or ErrorBody(message="the API rejected it without a reason")
        elif item.id:
            signal_ids[found] = item.id
    return signal_ids, rejected


def all_rejected(chunk: Chunk) -> dict[Pair, ErrorBody]:
    """Every pair of the chunk, of which the reply scheduled nothing and names no item."""
    why = ErrorBody(message="the API rejected the whole batch without a reason")
    return {Pair(pair.question_id, pair.subject): why for pair in chunk.pairs()}
