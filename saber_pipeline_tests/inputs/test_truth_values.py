"""A cell that a person wrote becomes an answer of its question's type, or is said to be wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.inputs.truth_values import ToldValue, ToldValueError, read_told

CRM = Question("crm", "?", AnswerType.CHOICE, output_schema=choice_schema(["Salesforce", "HubSpot", "none"]))


def read(cell: str, answer_type: AnswerType, unit: str = "") -> ToldValue:
    """The cell as an answer of a type."""
    question = CRM if answer_type is AnswerType.CHOICE else Question("q", "?", answer_type)
    return read_told(cell, question, unit=unit)


@pytest.mark.parametrize(
    ("cell", "said"),
    [("yes", True), ("Y", True), ("TRUE", True), ("1", True), ("No", False), ("f", False), ("0", False)],
)
def test_booleans_are_words(cell: str, said: bool) -> None:
    """Yes, no, true, false, their first letters and 1 and 0, in any case."""
    assert read(cell, AnswerType.BOOLEAN) == ToldValue("yes" if said else "no", boolean=said)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1200", "1200"), ("1,200", "1200"), ("1 200.50", "1200.5"), ("-3", "-3"), ("1e3", "1000"), (".5", "0.5")],
)
def test_numbers_may_have_separators(cell: str, number: str) -> None:
    """What can only mean one number is that number."""
    told = read(cell, AnswerType.NUMBER)
    assert told.number == Decimal(number)
    assert Decimal(told.text) == Decimal(number)


@pytest.mark.parametrize(
    ("cell", "unit", "amount", "currency"),
    [
        ("1200000 USD", "", "1200000", "USD"),
        ("EUR 1,200,000", "", "1200000", "EUR"),
        ("$1,200.50", "", "1200.50", "USD"),
        ("5 €", "", "5", "EUR"),
        ("5", "eur", "5", "EUR"),
        ("5 EUR", "EUR", "5", "EUR"),
        ("5", "", "5", None),
    ],
)
def test_amounts_have_a_currency_where_one_is_told(cell: str, unit: str, amount: str, currency: str | None) -> None:
    """Before or behind the number, as a code or a sign, or in a column of its own."""
    told = read(cell, AnswerType.CURRENCY, unit)
    assert (told.number, told.unit) == (Decimal(amount), currency)


def test_percentages_may_have_their_sign() -> None:
    """With the sign and without it."""
    assert read("12.5 %", AnswerType.PERCENTAGE) == ToldValue("12.5 %", number=Decimal("12.5"), unit="%")
    assert read("12.50", AnswerType.PERCENTAGE) == ToldValue("12.5", number=Decimal("12.50"))


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("Slack; Jira", ("Slack", "Jira")),
        ("Slack, Inc.; Jira", ("Slack, Inc.", "Jira")),
        ("Slack, Jira", ("Slack", "Jira")),
        ("Slack|Jira\nNotion", ("Slack", "Jira", "Notion")),
        ('["Slack", "Jira"]', ("Slack", "Jira")),
        ("Slack;;", ("Slack",)),
    ],
)
def test_lists_are_cut_at_semicolons_else_commas(cell: str, items: tuple[str, ...]) -> None:
    """Semicolons, bars and line breaks come before commas, which may be part of an item; JSON is taken as JSON."""
    assert read(cell, AnswerType.LIST).items == items


def test_choices_are_those_of_the_question() -> None:
    """Spelled as in questions.yaml, whatever the case in the cell."""
    assert read(" salesforce ", AnswerType.CHOICE).text == "Salesforce"


@pytest.mark.parametrize(
    ("cell", "answer_type", "said"),
    [
        ("perhaps", AnswerType.BOOLEAN, "allowed is yes"),
        ("about 5", AnswerType.NUMBER, "such as 1200"),
        ("1.200,50", AnswerType.NUMBER, "such as 1200"),
        ("5 EUR", AnswerType.NUMBER, "such as 1200"),
        ("lots", AnswerType.PERCENTAGE, "12.5 %"),
        ("USD 5 EUR", AnswerType.CURRENCY, "two currencies, USD and EUR"),
        ("rich", AnswerType.CURRENCY, "such as 1200000 USD"),
        ("1" * 40, AnswerType.CURRENCY, "too large"),
        ("no address", AnswerType.URL, "one address"),
        (";", AnswerType.LIST, "between semicolons"),
        ("Pipedrive", AnswerType.CHOICE, "HubSpot, Salesforce, none"),
        ("x", AnswerType.CONTACTS, "do not fit into a cell"),
    ],
)
def test_what_is_no_answer_says_what_is_allowed(cell: str, answer_type: AnswerType, said: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ToldValueError, match=said.replace("(", "\\(")):
        read(cell, answer_type)
