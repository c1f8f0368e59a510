"""What a refusal means, read from whatever the API says: which part of a batch, or the credits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from saber_pipeline.errors import ApiInvalidError
from saber_pipeline.purchasing.chunks import Chunk

_INDEXED = re.compile(r"^(?P<name>domains|signals)[.\[/](?P<index>\d+)")
_REQUEST = re.compile(r"\(request [^)]*\)")  # an id, whose digits are no limit
_LIMIT = re.compile(r"\b(\d{1,5})\b")

USUAL_DOMAIN_CAP = 100
"""The cap that the interface description names, for a refusal that names none."""


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


def _smaller_limit(messages: Iterable[str], *, below: int) -> int | None:
    numbers = [int(number) for message in messages for number in _LIMIT.findall(message)]
    fitting = [number for number in numbers if 0 < number < below]
    return max(fitting, default=None)
