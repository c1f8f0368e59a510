"""The meaning of a refusal, by the words of the API: a part of the batch is wrong, or the credits do not suffice."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.error_bodies import ErrorBody, error_tail
from saber_pipeline.errors import ApiError, ApiInvalidError, OutOfCreditsError
from saber_pipeline.ledger.reasons import Reason
from saber_pipeline.purchasing.chunks import Chunk

logger = logging.getLogger(__name__)

_TEMPLATE_FIELD = re.compile(r"(?:^|[.\[/])(?:signal)?template(?:_?id)?s?\b", re.IGNORECASE)
_TEMPLATE = re.compile(r"template(?:_?id)?s?\b", re.IGNORECASE)
_WORDS = re.compile(r"\b(?:question|answerType|outputSchema)$")
_INDEXED = re.compile(r"^(?P<name>domains|signals)[.\[/](?P<index>\d+)")
_REQUEST = re.compile(r"\(request [^)]*\)")  # an id, whose digits are no limit
_LIMIT = re.compile(r"\b(\d{1,5})\b")

USUAL_DOMAIN_CAP = 100
"""The cap that the interface description names, for a refusal that names none."""


def failed_for_credits(signals: int) -> OutOfCreditsError:
    """The error of a run whose ``signals`` were made, and failed because the credits did not last."""
    return OutOfCreditsError(f"{signals:,} signals failed at Saber for want of credits.")


@dataclass(frozen=True)
class Remedy:
    """How to go on after a batch was refused as invalid."""

    domain_cap: int | None = None
    bad_subjects: frozenset[str] = frozenset()
    bad_question_ids: frozenset[str] = frozenset()


def remedy_for(error: ApiInvalidError, chunk: Chunk) -> Remedy:
    """Read the fields and the message of a refusal of ``chunk``."""
    bad_subjects, bad_question_ids = set(), set()
    for problem in error.fields:
        match = _INDEXED.match(problem.field)
        if match is None:
            continue
        index = int(match["index"])
        if match["name"] == "domains" and index < len(chunk.subjects):
            bad_subjects.add(chunk.subjects[index])
        if match["name"] == "signals" and index < len(chunk.question_ids):
            bad_question_ids.add(chunk.question_ids[index])
    if bad_subjects or bad_question_ids:
        return Remedy(bad_subjects=frozenset(bad_subjects), bad_question_ids=frozenset(bad_question_ids))
    about_domains = [p.message for p in error.fields if p.field.strip("/.$") in ("domains", "body.domains")]
    message = _REQUEST.sub("", str(error))
    if not error.fields and re.search(r"\bdomains\b", message):
        about_domains = [message]
    if about_domains:
        cap = _smaller_limit(about_domains, below=len(chunk.subjects)) or USUAL_DOMAIN_CAP
        if cap < len(chunk.subjects):
            return Remedy(domain_cap=cap)
    return Remedy()


def names_the_template(error: ApiInvalidError) -> bool:
    """Whether a 422 refuses the template of a batch: by a field, or by its text where it names no field."""
    if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return False
    if error.fields:
        return any(_TEMPLATE_FIELD.search(problem.field) for problem in error.fields)
    return _TEMPLATE.search(_REQUEST.sub("", str(error))) is not None


def misses_words(error: ApiInvalidError, left_out: Sequence[bool]) -> bool:
    """Whether it misses what an item of the batch left to its template; ``left_out``: which of the items did."""
    for problem in error.fields:
        match = _INDEXED.match(problem.field)
        if match is None or match["name"] != "signals" or not _WORDS.search(problem.field):
            continue
        index = int(match["index"])
        if index < len(left_out) and left_out[index]:
            return True
    return False


def refusal_of_item(told: ErrorBody) -> Reason:
    """Why one signal of a batch was refused."""
    sentence = error_tail(told).removeprefix(": ")
    return Reason(sentence, told.cause or told.code, told.action, told.details)


async def lacks_credits(client: SaberClient, needed: Decimal) -> bool:
    """Whether the balance is below ``needed``: where a refusal has no code, nothing else tells why.

    What was refused was planned within the balance, so a balance that still covers it was not the reason. False where
    the balance cannot be read.
    """
    try:
        return await client.get_credits() < needed
    except ApiError as error:
        logger.warning("The balance could not be read, so the reason of a refusal is not certain: %s", error)
        return False


def _smaller_limit(messages: Iterable[str], *, below: int) -> int | None:
    numbers = [int(number) for message in messages for number in _LIMIT.findall(message)]
    fitting = [number for number in numbers if 0 < number < below]
    return max(fitting, default=None)
