"""Which pair each item of a sync-mode batch's reply is about."""

from __future__ import annotations

from collections.abc import Mapping

from saber_pipeline.api.batches import SyncBatch
from saber_pipeline.api.error_bodies import ErrorBody
from saber_pipeline.collection.match import folded
from saber_pipeline.config.questions.question import Question
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.purchasing.chunks import Chunk


def match_items(
    chunk: Chunk, questions: Mapping[str, Question], reply: SyncBatch
) -> tuple[dict[Pair, str], dict[Pair, ErrorBody]]:
    """The ids the reply names, and what it says of what it rejects; position is the last resort."""
    asked = {
        (
            pair.subject,
            folded(questions[pair.question_id].text),
            questions[pair.question_id].sent_as.value,
        ): Pair(pair.question_id, pair.subject)
        for pair in chunk.pairs()
    }
    by_text: dict[tuple[str, str], list[Pair]] = {}
    for (subject, text, _), pair in asked.items():
        by_text.setdefault((subject, text), []).append(pair)
    in_order = [Pair(pair.question_id, pair.subject) for pair in chunk.pairs()]
    signal_ids: dict[Pair, str] = {}
    rejected: dict[Pair, ErrorBody] = {}
    for position, item in enumerate(reply.items):
        subject, text = (item.domain or "").lower(), folded(item.question or "")
        found = asked.get((subject, text, item.answer_type or ""))
        if found is None and len(by_text.get((subject, text), [])) == 1:
            found = by_text[subject, text][0]
        if found is None and not (item.domain and item.question) and len(reply.items) == len(in_order):
            found = in_order[position]
        if found is None:
            continue
        if item.is_rejected:
            rejected[found] = item.error or ErrorBody(message="the API rejected it without a reason")
        elif item.id:
            signal_ids[found] = item.id
    return signal_ids, rejected
