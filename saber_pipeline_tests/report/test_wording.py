"""How the report says conditions, sources and answers."""

from __future__ import annotations

import pytest
from markupsafe import escape

from saber_pipeline.report.wording import (
    format_answer,
    format_condition,
    format_number,
    format_value,
    link,
    links,
)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("1000-10000000", "1k to 10M"),
        ("0-49", "0 to 49"),
        ("1234-1500000000", "1,234 to 1.5bn"),
        ("-20--5.5", "-20 to -5.5"),
        (">= 250000", ">= 250k"),
        ("yes", "yes"),
        ("Series A-B", "Series A-B"),
    ],
)
def test_conditions_of_numbers_have_short_units(condition: str, told: str) -> None:
    """A range is said with short units and never rounded; what is no condition of a number stays as it is."""
    assert format_condition(condition) == told


def test_two_sources_of_one_host_read_differently() -> None:
    """Links are called by their hosts; two pages of one host by their addresses, so that nobody takes them for one."""
    told = [str(text.striptags()) for text in links(["https://www.a.com/", "https://b.io/x", "https://b.io/y/"])]
    assert told == ["a.com", "b.io/x", "b.io/y"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", " https://x.org", 'https://x" onclick="y']
)
def test_only_addresses_of_pages_are_links(address: str) -> None:
    """What would run, and what is no address, stays text, escaped."""
    assert "<a" not in link(address)
    assert link(address) == escape(address)


def test_answers_are_said_as_people_say_them() -> None:
    """Numbers have their thousands apart, people are called by their names, several fields by name and value."""
    assert format_number("1234567.5 EUR") == "1,234,567.5 EUR"
    assert format_number("622823256 EUR") == "622,823,256 EUR"
    assert format_number("-12") == "-12"
    assert format_number("about 7") == "about 7"
    assert format_answer('{"type": "boolean", "boolean": {"value": false}}') == "no"
    assert format_answer('{"type": "currency", "currency": {"value": 5000, "currency": "USD"}}') == "5,000 USD"
    assert format_answer('{"type": "contacts", "contacts": {"value": [{"fullName": "A", "headline": "B"}]}}') == "A (B)"
    assert (
        format_answer('{"type": "json_schema", "jsonSchema": {"has_trial": true, "regions": []}}') == "has trial: yes"
    )
    assert format_answer(None) == "not known"


def test_fields_of_an_answer_stay_apart() -> None:
    """Of an answer with fields in fields, and with lists in them, each part is seen to belong where it does."""
    funding = {
        "investors": [{"is_lead": False}, {"name": "Haddad Capital"}],
        "latest_round": {"amount_usd": 20_000_000, "stage": "series B"},
        "raised": True,
    }
    assert format_value(funding) == (
        "investors: (is lead: no), Haddad Capital; latest round: (amount usd: 20,000,000, stage: series B); raised: yes"
    )
    assert format_value([{"text": "a", "tags": ["b", "c"]}, {"text": "d"}]) == "text: a, tags: (b, c); text: d"
    assert format_value({"motion": "mixed", "regions": ["Nordics", "Latin America"]}) == (
        "motion: mixed; regions: Nordics, Latin America"
    )
    assert format_value({"motion": "mixed", "has_free_trial": False}) == "motion: mixed, has free trial: no"
