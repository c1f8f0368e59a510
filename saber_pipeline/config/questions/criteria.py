"""Reads ``qualification_criteria`` from questions.yaml: what an answer is worth.

The criteria have the documented form (``criteria_forms.py``), which is kept, or the short form: each key is a condition
that fits the answer type, and each value is a verdict.

| answer type | conditions of the short form |
|---|---|
| boolean | yes, no (true and false mean the same) |
| number, percentage, currency | ``>= 100``, ``< 5``, ``10-50``, ``42`` |
| open_text, url, list | any text |
| choice | one of the choices |
| contacts, posts, engagements, json_schema | none: there is no single value to judge |

Verdicts run from disqualified to excellent. The short form also accepts other words. They are shown as verdicts and are
not sent to Saber. A word that is nearly a known word counts as a slip.
"""

from __future__ import annotations

import difflib
from typing import Any

from saber_pipeline.config.answer_types.kinds import JUDGED_TYPES, criteria_of
from saber_pipeline.config.answer_types.record import AnswerType, Criteria
from saber_pipeline.config.questions.choices import chosen
from saber_pipeline.config.questions.criteria_forms import CHOICE_FIELDS, RANGE_FIELDS, VERDICTS, normal_condition
from saber_pipeline.config.questions.forms import UNQUOTED, Form, Forms, WrongValueError, read_fields
from saber_pipeline.config.questions.mistakes import Mistakes, quote, quote_key
from saber_pipeline.config.questions.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence, describe_node

MAX_VERDICT_CHARACTERS = 100
_MAX_CONDITION_CHARACTERS = 200
_SHOWN_CHOICES = 10
_ALLOWED = f"allowed is a verdict, from {VERDICTS[0]} to {VERDICTS[-1]}: {', '.join(VERDICTS)}"
_FORMS = {"ranges": "number, percentage and currency", "choices": "list"}


def read_criteria(
    node: Node,
    answer_type: AnswerType | None,
    where: str,
    mistakes: Mistakes,
    *,
    choices: tuple[str, ...] | None = None,
) -> dict[str, Any] | None:
    """The criteria as written, in the order of the file, with one spelling for short conditions.

    ``answer_type`` None: the type is unknown (a template decides it, or it is wrong), so any form is allowed.
    ``choices``: the possible answers of the type ``choice``; None if they could not be read.
    """
    before = len(mistakes)
    if answer_type is not None and answer_type not in JUDGED_TYPES:
        what = f"an answer of type {answer_type} has no single value to judge; remove the criteria"
        mistakes.add(node.line, where, what)
        return None
    if not isinstance(node, Mapping) or not node.entries:
        what = f"found {describe_node(node) if not isinstance(node, Mapping) else 'an empty mapping'}"
        mistakes.add(node.line, where, f"{what}; allowed is a mapping such as {{yes: good, no: disqualified}}")
        return None
    form = next((entry for entry in node.entries if _is_documented(entry)), None)
    criteria = (
        _documented(node, form, answer_type, where, mistakes)
        if form
        else _short(node, answer_type, where, mistakes, choices)
    )
    return criteria if len(mistakes) == before else None


def _is_documented(entry: Entry) -> bool:
    return entry.key.text in _FORMS and not isinstance(entry.value, Scalar)


def _short(
    node: Mapping, answer_type: AnswerType | None, where: str, mistakes: Mistakes, choices: tuple[str, ...] | None
) -> dict[str, Any]:
    criteria: dict[str, Any] = {}
    for entry in node.entries:
        condition = _condition(entry.key, answer_type, where, mistakes, choices)
        try:
            verdict = _verdict(entry.value)
        except WrongValueError as wrong:
            mistakes.add(entry.value.line, f"{where}.{quote_key(entry.key.text)}", str(wrong))
            continue
        if condition is None:
            continue
        if condition in criteria:
            what = f"{quote(entry.key.text)} repeats {quote(condition)}; keep one of them"
            mistakes.add(entry.line, where, what)
        criteria[condition] = verdict
    return criteria


def _documented(
    node: Mapping, form: Entry, answer_type: AnswerType | None, where: str, mistakes: Mistakes
) -> dict[str, Any]:
    name = form.key.text
    needed = Criteria.WORDS_OF_ITEMS if name == "choices" else Criteria.NUMBERS
    fits = answer_type is None or criteria_of(answer_type) is needed
    if not fits:
        what = f"the form with `{name}` is for answers of type {_FORMS[name]}, this is {answer_type}"
        mistakes.add(form.line, where, f"{what}; docs/decisions.md shows the form of each type")
    for entry in node.entries:
        if entry is not form:
            what = f"{quote(entry.key.text)} is next to `{name}`; allowed is one form, the documented or the short one"
            mistakes.add(entry.line, where, what)
    place = f"{where}.{name}"
    if name == "choices" and isinstance(form.value, Mapping) and form.value.entries:
        for choice in form.value.entries:
            _read_whole(choice.value, CHOICE, f"{place}.{quote_key(choice.key.text)}", mistakes)
    elif name == "ranges" and isinstance(form.value, Sequence) and form.value.items:
        for number, item in enumerate(form.value.items):
            fields = _read_whole(item, RANGE, f"{place}[{number}]", mistakes)
            ends = [fields[end] for end in RANGE_FIELDS[:2] if end in fields]
            if ends and ends[0] > ends[-1]:
                mistakes.add(item.line, f"{place}[{number}]", "rangeStart is above rangeEnd; swap them")
    else:
        examples = {
            "ranges": "a list such as [{rangeStart: 0, rangeEnd: 100, answerValue: neutral}]",
            "choices": "a mapping such as {hubspot: {answerValue: neutral, label: HubSpot}}",
        }
        mistakes.add(form.line, place, f"found {describe_node(form.value)}; allowed is {examples[name]}")
    return _as_texts(node.value, form) if name == "choices" else node.value


def _as_texts(criteria: dict[str, Any], form: Entry) -> dict[str, Any]:
    """The choices with their labels as written, also if YAML takes a label for a number or for yes or no."""
    for key, choice in form.value.by_key.items() if isinstance(form.value, Mapping) else ():
        label = choice.value.by_key.get("label") if isinstance(choice.value, Mapping) else None
        if label is not None and isinstance(label.value, Scalar):
            criteria["choices"][key]["label"] = label.value.text
    return criteria


def _read_whole(node: Node, forms: Forms, place: str, mistakes: Mistakes) -> dict[str, Any]:
    """The fields of a range or choice, which has each of them."""
    names = ", ".join(forms)
    if not isinstance(node, Mapping):
        mistakes.add(node.line, place, f"found {describe_node(node)}; allowed is a mapping with {names}")
        return {}
    for name in forms.keys() - node.by_key:
        open_end = '; a condition without an end is written as ">= 100": good' if name in RANGE_FIELDS[:2] else ""
        mistakes.add(node.line, f"{place}.{name}", f"it is missing; required are {names}{open_end}")
    return read_fields(node, forms, place, mistakes)


def _condition(
    key: Scalar, answer_type: AnswerType | None, where: str, mistakes: Mistakes, choices: tuple[str, ...] | None
) -> str | None:
    condition = normal_condition(key.text, answer_type)
    if criteria_of(answer_type) is Criteria.YES_NO:
        allowed = "yes or no"
    elif criteria_of(answer_type) is Criteria.NUMBERS:
        allowed = "a comparison such as '>= 100', '< 5', '10-50' or 42"
    elif choices is not None and criteria_of(answer_type) is Criteria.CHOICES:
        allowed = f"one of its choices: {', '.join(choices[:_SHOWN_CHOICES])}{', …' * (len(choices) > _SHOWN_CHOICES)}"
        condition = None if key.is_null else chosen(key.text, choices)
    else:
        allowed = f"a text of 1 to {_MAX_CONDITION_CHARACTERS} characters"
        if key.is_null or len(key.text.strip()) > _MAX_CONDITION_CHARACTERS:
            condition = None
    if condition is None:
        of_type = f" for an answer of type {answer_type}" if answer_type else ""
        mistakes.add(key.line, where, f"{describe_node(key)} is not a condition{of_type}; allowed is {allowed}")
    return condition


def _end(node: Node) -> Any:
    if isinstance(node, Scalar) and node.is_number:
        return node.value
    raise WrongValueError(f"found {describe_node(node)}; allowed is a number")


def _label(node: Node) -> str:
    if isinstance(node, Scalar) and not node.is_null and 1 <= len(node.text.strip()) <= _MAX_CONDITION_CHARACTERS:
        return node.text
    allowed = f"allowed is a text of 1 to {_MAX_CONDITION_CHARACTERS} characters"
    raise WrongValueError(f"found {describe_node(node)}; {allowed}")


def _word(node: Node) -> str:
    """One of the API's five words."""
    text = _verdict(node)
    if text not in VERDICTS:
        raise WrongValueError(f"{quote(text)} is not one of the API's words; {_ALLOWED}")
    return text


def _verdict(node: Node) -> str:
    # An unquoted number is a verdict in digits; true, null, dates, lists are none.
    if not isinstance(node, Scalar) or not (node.is_text or node.is_number):
        raise WrongValueError(f"found {describe_node(node)}; {_ALLOWED}", line=node.line)
    text = node.text.strip()
    near = difflib.get_close_matches(text.lower(), VERDICTS, n=1, cutoff=0.85)
    if not 1 <= len(text) <= MAX_VERDICT_CHARACTERS:
        what = f"a verdict has 1 to {MAX_VERDICT_CHARACTERS} characters, this has {len(text)}"
    elif text.lower() == "fair":
        what = f"{quote(text)} is not a verdict: the API's word for it is 'neutral'"
    elif near and text != near[0]:
        what = f"{quote(text)} is not a verdict (did you mean {near[0]!r}?)"
    else:
        return text
    raise WrongValueError(f"{what}; {_ALLOWED}", line=node.line)


_API_VERDICT = Form(_word, {"enum": list(VERDICTS)})
_END = Form(_end, {"type": "number"})
RANGE: Forms = dict(zip(RANGE_FIELDS, (_END, _END, _API_VERDICT), strict=True))
CHOICE: Forms = dict(zip(CHOICE_FIELDS, (_API_VERDICT, Form(_label, UNQUOTED)), strict=True))
