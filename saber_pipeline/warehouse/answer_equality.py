"""The equality of two answers in SQL: by normal form, with a tolerance for numbers, in one currency only.

docs/quality.md says the same to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES, TABLES
from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

_SILENT = r"[.'`\x{2019}\x{00B4}\x{00AE}\x{2122}\x{00A9}]"  # "Inc." is "Inc", "O'Reilly" is "OReilly"
_BLANK = (
    r'[\s\p{Z}!"(),/:;<=>?\[\]\\^_{|}~\x{00AB}\x{00BB}\x{2018}\x{201A}\x{201C}-\x{201E}\x{2026}\x{2010}-\x{2015}-]+'
)
"""Signs that count as a blank. Signs that distinguish names (C++, C#, AT&T, 50 %) are not among them."""


def text_form(text: str) -> str:
    """The normal form of a text: without case, accents composed, without dots and quotes, signs as one blank.

    The dot of a number stays: 1.5 is not 15.
    """
    kept = f"lower(nfc_normalize({text}))"
    for _ in range(2):  # 1.2.3 has two, and a digit can be part of one match only
        kept = f"regexp_replace({kept}, '([0-9])[.]([0-9])', '\\1' || chr(31) || '\\2', 'g')"
    silent = f"regexp_replace({kept}, {literal(_SILENT)}, '', 'g')"
    return f"trim(regexp_replace({silent}, {literal(_BLANK)}, ' ', 'g'))"


def url_form(text: str) -> str:
    """The normal form of an address: without case, scheme, www., usual port, fragment and slashes at its end."""
    form = f"lower(trim({text}))"
    for pattern, kept in (
        ("^[a-z][a-z0-9+.-]*://", ""),
        (r"^www\.", ""),
        ("#.*$", ""),
        (r"^([^/?]*):(80|443)([/?]|$)", r"\1\3"),
        ("/+$", ""),
    ):
        form = f"regexp_replace({form}, {literal(pattern)}, {literal(kept)})"
    return form


def list_form(items: str) -> str:
    """The normal form of a list: the set of its items' normal forms."""
    forms = f"list_filter(list_transform({items}, lambda item: {text_form('item')}), lambda item: item <> '')"
    return f"array_to_string(list_sort(list_distinct({forms})), chr(30))"


def comparable_truth() -> str:
    """SQL: the rows of ``truth`` with the columns that are compared: ``form``, ``number`` and ``unit_form``."""
    by_form = {"url": url_form("value"), "items": list_form("value_list")}
    forms = " ".join(f"WHEN {literal(kind.type)} THEN {by_form[kind.form]}" for kind in TABLES if kind.form in by_form)
    seconds = [(kind.type, kind.second.form.format(unit="unit")) for kind in TABLES if kind.second]
    units = " ".join(f"WHEN {literal(answer_type)} THEN {form}" for answer_type, form in seconds)
    return (
        "SELECT domain, question_key, answer_type, value, "  # noqa: S608 - constants
        f"CASE answer_type {forms} ELSE {text_form('value')} END AS form, value_number AS number, "
        f"CASE answer_type {units} END AS unit_form, file, line FROM main.truth"
    )


def comparable_answers(types: Iterable[AnswerType] = JUDGED_TYPES) -> str:
    """SQL: the answers of these types by ``signal_id``, with their text and the same columns."""
    return " UNION ALL ".join(_answers(answer_type) for answer_type in sorted(types))


def _answers(answer_type: AnswerType) -> str:
    kind = ANSWER_KINDS[answer_type]
    shown = kind.text_of("answer")
    forms = {"text": text_form(shown), "url": url_form("answer.value"), "items": list_form("answer.value")}
    form = forms[kind.form]
    number = "answer.value::DOUBLE" if kind.is_numeric else "NULL::DOUBLE"
    unit = "NULL::VARCHAR"
    if kind.second:
        unit = kind.second.form.format(unit=f"answer.{kind.second.column.name}")
    return (
        f"SELECT answer.signal_id, {shown} AS value, {form} AS form, {number} AS number, {unit} AS unit_form "  # noqa: S608 - names of ours
        f"FROM main.{kind.table} AS answer"
    )


def verdict(said: str, told: str, tolerance: str, *, base: str | None = None) -> str:
    """SQL: correct, wrong or not_comparable. ``said`` and ``told`` are aliases of rows with these columns.

    ``tolerance`` is a share of ``base``, by default of the number that was told.
    """
    allowed = f"{tolerance} * {base or f'abs({told}.number)'} * (1 + 1e-9)"
    return (
        f"CASE WHEN {told}.number IS NULL "
        f"THEN CASE WHEN {said}.form = {told}.form THEN 'correct' ELSE 'wrong' END "
        f"WHEN {said}.unit_form IS DISTINCT FROM {told}.unit_form THEN 'not_comparable' "
        f"WHEN abs({said}.number - {told}.number) <= {allowed} THEN 'correct' ELSE 'wrong' END"
    )
