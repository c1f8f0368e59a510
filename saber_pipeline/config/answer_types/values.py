"""Answer types whose answer is one value, which criteria can judge and a cell can hold."""

from __future__ import annotations

from saber_pipeline.config.answer_types.record import (
    BANDS,
    TENS,
    AnswerKind,
    AnswerType,
    Cell,
    Column,
    Criteria,
    Docs,
    Exact,
    ItemsSql,
    Lenient,
    Second,
)

_IS_NUMBER = "contains('-0123456789', first_character)"
_NUMBER_TEXT = r"regexp_replace({value}::VARCHAR, '\.0$', '')"  # 42, not 42.0
_AMOUNT_TEXT = r"regexp_replace({value}::VARCHAR, '\.?0+$', '')"  # amounts have four decimals
_SAID_NUMBER = "(value + 0)::VARCHAR"  # -0 is 0
_EXACT_TEXT = (("first_character = '\"'", "value ->> '$'"),)
_EXACT_NUMBER = ((_IS_NUMBER, "finite(TRY_CAST(json_text AS DOUBLE))"),)
_LENIENT_NUMBER = Lenient((("", "finite(TRY_CAST(digits AS DOUBLE))"),))
_VALUE_DIFFERS = Docs("the value differs")
YES = ("yes", "y", "true", "t", "1")
NO = ("no", "n", "false", "f", "0")
"""The words for a boolean answer in a cell, in upper or lower case."""
CURRENCY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
"""Signs that mean one currency here, in a cell and in an answer."""
_SIGNS = " ".join(f"WHEN '{sign}' THEN '{code}'" for sign, code in CURRENCY_SIGNS.items())

OPEN_TEXT = AnswerKind(
    type=AnswerType.OPEN_TEXT,
    table="answers_open_text",
    meaning="Answers in free text.",
    columns=(Column("value", "VARCHAR", "The answer.", is_prose=True),),
    shape="text_value",
    exact=Exact(
        members='"open_text": {"value": "JSON"}, "openText": {"value": "JSON"}',
        found="CASE WHEN found.open_text IS NULL THEN found.openText.value ELSE found.open_text.value END",
        cases=_EXACT_TEXT,
    ),
    lenient=Lenient((("", "scalar"),)),
    text="{value}",
    said=r"trim(regexp_replace(value, '\s+', ' ', 'g'))",
    counted="value",
    counted_if="length(value) <= 40",
    api_knows_changes=True,
    criteria=Criteria.WORDS,
    cell=Cell(
        allowed="a text",
        is_right="both have one normal form: case, blanks, dots, quotes and other punctuation do not count; `+`, `#`, "
        "`&`, `%` and a number's dot do",
    ),
    docs=Docs(
        "the text differs in more than blanks, unless the API says `NO_CHANGE`: two answers rarely use the same words"
    ),
)
URL = AnswerKind(
    type=AnswerType.URL,
    table="answers_url",
    meaning="Answers that are a URL.",
    columns=(Column("value", "VARCHAR", "The URL."),),
    shape="text_value",
    exact=Exact('"url": {"value": "JSON"}', "found.url.value", _EXACT_TEXT),
    lenient=Lenient(
        ((r"(given = 'url' OR regexp_full_match(scalar, 'https?://\S+')) AND kind = 'VARCHAR'", "scalar"),)
    ),
    text="{value}",
    said="trim(value)",
    counted="",
    form="url",
    criteria=Criteria.WORDS,
    cell=Cell(
        allowed="one address such as `https://acme.com/careers`",
        is_right="both are the same without case, scheme, `www.`, usual port, fragment and slashes at the end",
        pattern=r"\S+\.\S+",
    ),
    docs=_VALUE_DIFFERS,
)
CHOICE = AnswerKind(
    type=AnswerType.CHOICE,
    table="answers_choice",
    meaning="Answers that are one of the question's choices.",
    columns=(Column("value", "VARCHAR", "The choice, spelled as in questions.yaml."),),
    shape="text_value",
    exact=Exact(
        members='"json_schema": "JSON", "jsonSchema": "JSON"',
        found="CASE WHEN found.json_schema IS NULL THEN found.jsonSchema END",
        cases=(("list_contains(choices, value ->> '$.choice')", "value ->> '$.choice'"),),
    ),
    lenient=Lenient((("", "chosen(scalar, choices)"),), value="choice_value(payload)"),
    text="{value}",
    said="value",
    counted="value",
    criteria=Criteria.CHOICES,
    cell=Cell(allowed="one of the choices", is_right="it is that choice"),
    docs=_VALUE_DIFFERS,
    asked_as=AnswerType.JSON_SCHEMA,
    replied_as=AnswerType.JSON_SCHEMA,
)
NUMBER = AnswerKind(
    type=AnswerType.NUMBER,
    table="answers_number",
    meaning="Answers that are a number.",
    columns=(Column("value", "DOUBLE", "The number."),),
    shape="number_value",
    exact=Exact('"number": {"value": "JSON"}', "found.number.value", _EXACT_NUMBER),
    lenient=_LENIENT_NUMBER,
    text=_NUMBER_TEXT,
    said=_SAID_NUMBER,
    counted=BANDS,
    criteria=Criteria.NUMBERS,
    cell=Cell(
        allowed="a number such as `1200`, `1,200` or `12.5`",
        is_right="it is within 5 % of the truth; `tolerance` of the question changes that",
    ),
    docs=Docs("the number differs"),
    reviewed="value_number",
)
BOOLEAN = AnswerKind(
    type=AnswerType.BOOLEAN,
    table="answers_boolean",
    meaning="Answers that are yes or no.",
    columns=(Column("value", "BOOLEAN", "True for yes."),),
    shape="boolean_value",
    exact=Exact(
        members='"boolean": {"value": "JSON"}',
        found="found.boolean.value",
        cases=(("json_text = 'true'", "true"), ("json_text = 'false'", "false")),
    ),
    lenient=Lenient(
        (("lower(trimmed(scalar)) IN ('true', 'yes')", "true"), ("lower(trimmed(scalar)) IN ('false', 'no')", "false"))
    ),
    text="CASE WHEN {value} THEN 'yes' WHEN NOT {value} THEN 'no' END",
    said="value::VARCHAR",
    counted="CASE WHEN value THEN 'yes' ELSE 'no' END",
    criteria=Criteria.YES_NO,
    cell=Cell(
        allowed=" or ".join(", ".join(f"`{word}`" for word in words) for words in (YES, NO)),
        is_right="it says the same",
    ),
    docs=_VALUE_DIFFERS,
    reviewed="value_boolean",
)
LIST = AnswerKind(
    type=AnswerType.LIST,
    table="answers_list",
    meaning="Answers that are a list of texts.",
    columns=(Column("value", ["VARCHAR"], "The items, in the API's order."),),
    shape="list_value",
    exact=Exact(
        members='"list": {"value": ["VARCHAR"]}',
        found="",
        cases=(("", "list_filter(found.list.value, lambda item: item IS NOT NULL)"),),
    ),
    lenient=Lenient(
        (
            ("kind = 'ARRAY'", """list_filter(json_transform(value, '["VARCHAR"]'), lambda item: item IS NOT NULL)"""),
            ("scalar IS NOT NULL", "[scalar]"),
        )
    ),
    text="array_to_string({value}, ', ')",
    said=ItemsSql("view_answer_changes_list", matched="SEMANTIC_LIST"),
    counted="unnest(list_distinct(value))",
    form="items",
    criteria=Criteria.WORDS_OF_ITEMS,
    cell=Cell(
        allowed="a list between semicolons such as `Slack; Jira`, else between commas, or in JSON",
        is_right="both are the same set of items, each in the normal form of a text",
    ),
    docs=Docs(
        "the set of items differs; the order does not matter, and neither does another wording of an item that the API "
        "matched (`SEMANTIC_LIST`)"
    ),
    reviewed="value_list",
)
PERCENTAGE = AnswerKind(
    type=AnswerType.PERCENTAGE,
    table="answers_percentage",
    meaning="Answers that are a percentage.",
    columns=(Column("value", "DOUBLE", "The number as given: 12.5 means 12.5 %."),),
    shape="number_value",
    exact=Exact('"percentage": {"value": "JSON", "unit": "VARCHAR"}', "found.percentage.value", _EXACT_NUMBER),
    lenient=_LENIENT_NUMBER,
    second=Second(
        Column("unit", "VARCHAR", "The unit the API gave."),
        exact="found.percentage.unit",
        lenient="payload ->> '$.unit'",
        form="CASE WHEN coalesce(lower(trim({unit})), '%') IN ('%', 'percent', 'per cent', 'pct', 'percentage') "
        "THEN '%' ELSE lower(trim({unit})) END",  # no unit means per cent
        stored_lenient="coalesce(unit, CASE WHEN contains(scalar, '%') THEN '%' END)",
    ),
    text=_NUMBER_TEXT + " || coalesce(' ' || {unit}, '')",
    said=_SAID_NUMBER,
    counted=TENS,
    criteria=Criteria.NUMBERS,
    cell=Cell(
        allowed="a number such as `12.5` or `12.5 %`",
        is_right="the number is within 5 % of the truth, so that 10 % allows 9.5 to 10.5; `tolerance` changes that",
    ),
    docs=Docs(
        "the number differs; the spelling of the unit does not matter", changes="{}; the difference is in points"
    ),
    reviewed="value_number",
)
CURRENCY = AnswerKind(
    type=AnswerType.CURRENCY,
    table="answers_currency",
    meaning="Answers that are an amount of money.",
    columns=(Column("value", "DECIMAL(38, 4)", "The amount."),),
    shape="money_value",
    exact=Exact(
        members='"currency": {"value": "JSON", "currency": "VARCHAR"}',
        found="found.currency.value",
        cases=((_IS_NUMBER, "TRY_CAST(json_text AS DECIMAL(38, 4))"),),
    ),
    lenient=Lenient((("NOT contains(scalar, '%')", "TRY_CAST(digits AS DECIMAL(38, 4))"),)),
    second=Second(
        Column("currency", "VARCHAR", "Currency code, upper case where it has three letters."),
        exact="trim(found.currency.currency)",
        lenient="trim(payload ->> '$.currency')",
        form=f"CASE trim({{unit}}) {_SIGNS} ELSE upper(trim({{unit}})) END",
        stored="CASE WHEN length(currency) = 3 THEN upper(currency) ELSE currency END",
        divides=True,
    ),
    text=_AMOUNT_TEXT + " || coalesce(' ' || {currency}, '')",
    said=(_AMOUNT_TEXT + " || coalesce(' ' || {currency}, '')").format(value="value", currency="currency"),
    counted=BANDS,
    criteria=Criteria.NUMBERS,
    cell=Cell(
        allowed="an amount such as `1200000 USD`, `EUR 1,200,000` or `$1200000`",
        is_right="the currencies are equal, and the amount is within 5 % of the truth; `tolerance` changes that",
    ),
    docs=Docs("the amount or the currency differs", changes="{}, if the currency is the same"),
    reviewed="value_amount",
)
VALUES = (OPEN_TEXT, URL, CHOICE, NUMBER, BOOLEAN, LIST, PERCENTAGE, CURRENCY)
