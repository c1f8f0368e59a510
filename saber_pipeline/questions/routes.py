"""Which settings of a question this version can buy.

questions.yaml may say everything that CONTRACT names. A setting without a route is refused with the
reason given here, before anything is spent: dropped silently, it would be paid for and not applied.
To switch one on, delete its line.
"""

from __future__ import annotations

from collections.abc import Mapping

ANY_VALUE = "*"

NotYet = Mapping[str, Mapping[str, str]]

_SINGLE_CREATES = "only single creates carry it, and companies are bought in batches so far"

NOT_YET: NotYet = {
    "about": {"contact": "contacts have no purchase route so far"},
    "verification_mode": {"lenient": _SINGLE_CREATES},
    "connectors": {ANY_VALUE: _SINGLE_CREATES},
    "template_id": {ANY_VALUE: "templates are not resolved to their question and version so far"},
    "answer_type": {
        "contacts_generation": _SINGLE_CREATES,
        "contact_engagements": _SINGLE_CREATES,
    },
}


def why_not_yet(field: str, value: object, not_yet: NotYet = NOT_YET) -> str | None:
    """The reason why ``field: value`` cannot be bought yet, or None where it can."""
    reasons = not_yet.get(field, {})
    return reasons.get(ANY_VALUE) or (reasons.get(value) if isinstance(value, str) else None)
