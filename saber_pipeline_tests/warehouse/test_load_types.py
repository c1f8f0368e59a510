"""Load: answers of every type, as the API words them and as it might."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.api.decode import moment
from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline_tests.warehouse.signals import land, raw_signal

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

TYPED = [
    ("open_text", {"type": "open_text", "open_text": {"value": "a"}}, ("a",)),
    ("open_text", {"type": "open_text", "openText": {"value": "a"}}, ("a",)),
    ("open_text", {"type": "openText", "open_text": {"value": "a"}}, ("a",)),
    ("open_text", {"type": "open_text", "text": {"value": "a"}}, ("a",)),
    ("open_text", {"openText": {"value": "a"}}, ("a",)),
    ("open_text", {"type": "open_text", "open_text": None, "openText": {"value": "a"}}, ("a",)),
    ("open_text", {"type": "open_text", "open_text": {"value": "a"}, "openText": {"value": "b"}}, ("a",)),
    ("number", {"type": "number", "number": {"value": 12}}, (12.0,)),
    ("number", {"type": "number", "number": {"value": "1,200"}}, (1200.0,)),
    ("number", {"type": "number", "number": {"value": " 1 200.5 "}}, (1200.5,)),
    ("number", {"type": "number", "number": {"value": "-1e3"}}, (-1000.0,)),
    ("number", {"type": "open_text", "openText": {"value": "42"}}, (42.0,)),
    ("number", {"type": "number", "number": 7}, (7.0,)),
    ("boolean", {"type": "boolean", "boolean": {"value": False}}, (False,)),
    ("boolean", {"type": "boolean", "boolean": {"value": "Yes"}}, (True,)),
    ("boolean", {"type": "boolean", "boolean": {"value": "yes\n"}}, (True,)),
    ("boolean", {"type": "boolean", "boolean": {"value": "\u2003\tNo\r\n\u00a0"}}, (False,)),
    ("number", {"type": "number", "number": {"value": "12\n"}}, (12.0,)),
    ("number", {"type": "number", "number": {"value": "\u2003\r\n1,200.5\u3000"}}, (1200.5,)),
    ("percentage", {"type": "percentage", "percentage": {"value": 9300000000000000000, "unit": "%"}}, (9.3e18, "%")),
    ("boolean", {"type": "open_text", "open_text": {"value": "no"}}, (False,)),
    ("list", {"type": "list", "list": {"value": ["a", 5, None, True]}}, (["a", "5", "true"],)),
    ("list", {"type": "list", "list": {"value": "only"}}, (["only"],)),
    ("list", {"type": "list", "list": {"value": []}}, ([],)),
    ("percentage", {"type": "percentage", "percentage": {"value": 12.5, "unit": "percent"}}, (12.5, "percent")),
    ("percentage", {"type": "percentage", "percentage": {"value": "12.5 %"}}, (12.5, "%")),
    (
        "currency",
        {"type": "currency", "currency": {"value": "1200000.50", "currency": "usd"}},
        (Decimal("1200000.5000"), "USD"),
    ),
    ("currency", {"type": "currency", "currency": {"value": 5}}, (Decimal(5), None)),
    ("url", {"type": "url", "url": {"value": "https://a.b/c"}}, ("https://a.b/c",)),
    ("url", {"type": "open_text", "open_text": {"value": "https://a.b/c"}}, ("https://a.b/c",)),
    ("json_schema", {"type": "json_schema", "jsonSchema": {"a": [1]}}, ('{"a":[1]}',)),
    ("json_schema", {"type": "json_schema", "json_schema": {"value": 1}}, ('{"value":1}',)),
]

UNTYPED = [
    ("number", {"type": "number", "number": {"value": "about 5"}}),
    ("number", {"type": "number", "number": {"value": "1.200,50"}}),
    ("number", {"type": "number", "number": {"value": "NaN"}}),
    ("number", {"type": "number", "number": {"value": "inf"}}),
    ("number", {"type": "number", "number": {"value": True}}),
    ("number", {"type": "number", "number": {"value": [1]}}),
    ("number", {"type": "number"}),
    ("number", {}),
    ("number", []),
    ("boolean", {"type": "boolean", "boolean": {"value": "maybe"}}),
    ("boolean", {"type": "boolean", "boolean": {"value": 1}}),
    ("currency", {"type": "currency", "currency": {"value": "1" * 40}}),
    ("currency", {"type": "currency", "currency": {"value": "5 %"}}),
    ("url", {"type": "open_text", "open_text": {"value": "see the site"}}),
    ("open_text", {"type": "list", "list": {"value": ["a"]}}),
    ("list", {"type": "contacts", "contacts": {"value": [{"firstName": "A"}]}}),
    ("contacts", {"type": "contact_posts", "contactPosts": {"value": [{"postUrl": "u"}]}}),
    ("contacts", {"type": "contacts", "contacts": {"value": ["A", "B"]}}),
    ("json_schema", {"type": "json_schema", "jsonSchema": [1]}),
    ("json_schema", {"type": "open_text", "open_text": {"value": "{}"}}),
    ("rating", {"type": "rating", "rating": {"value": 5}}),
]


@pytest.fixture(scope="module")
def loaded(shared: OpenWarehouse) -> OpenWarehouse:
    """Every case above is a signal of its own company: those that can be typed, and those that cannot."""
    questions = [
        Question(f"asked_{kind}", f"{kind}?", AnswerType(kind)) for kind in sorted({each[0] for each in TYPED})
    ]
    for question in questions:
        kind = question.answer_type.value
        signals = [
            raw_signal(f"typed{number}", answer, kind, domain=f"typed{number}.com")
            for number, (answer_type, answer, _) in enumerate(TYPED)
            if answer_type == kind
        ]
        land(shared.paths, kind, signals, question)
    odd = [
        raw_signal(f"untyped{number}", answer, answer_type, domain=f"untyped{number}.com")
        for number, (answer_type, answer) in enumerate(UNTYPED)
    ]
    land(shared.paths, "odd", odd)
    assert shared.load(*questions) == (len(TYPED) + len(UNTYPED), 0, len(UNTYPED), 0)
    return shared


@pytest.mark.parametrize("number", range(len(TYPED)))
def test_an_answer_is_typed(loaded: OpenWarehouse, number: int) -> None:
    """Each spelling, and each value that can mean one thing only, gives a typed row of the asked type."""
    answer_type, _, expected = TYPED[number]
    columns = {"percentage": "value, unit", "currency": "value, currency"}.get(answer_type, "value")
    rows = loaded.rows(
        f"SELECT {columns}, question_key FROM answers_{answer_type} WHERE signal_id = 'typed{number}'"  # noqa: S608 - constants
    )
    assert rows == [(*expected, f"asked_{answer_type}")]
    assert loaded.rows(f"SELECT answer_typed FROM signals WHERE signal_id = 'typed{number}'") == [(True,)]  # noqa: S608


@pytest.mark.parametrize("number", range(len(UNTYPED)))
def test_what_cannot_be_typed_is_kept_and_counted(loaded: OpenWarehouse, number: int) -> None:
    """An answer that does not fit stays in signals as it came, in no typed table, and is counted."""
    there = f"WHERE signal_id = 'untyped{number}'"
    kept = loaded.rows(f"SELECT answer_typed, answer_json IS NOT NULL FROM signals {there}")  # noqa: S608
    assert kept == [(False, True)]
    for (table,) in loaded.rows("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'answers_%'"):
        assert loaded.rows(f"SELECT count(*) FROM {table} {there}") == [(0,)]  # noqa: S608 - our own tables


def test_the_questions_type_beats_the_signals(warehouse: OpenWarehouse) -> None:
    """Asked for a number and answered as text, the answer is in answers_number."""
    question = Question("q", "?", AnswerType.NUMBER)
    answer = {"type": "open_text", "open_text": {"value": "7"}}
    land(warehouse.paths, "a", [raw_signal("1", answer, "open_text")], question)
    warehouse.load(question)
    assert warehouse.rows("SELECT value FROM answers_number") == [(7.0,)]
    assert warehouse.rows("SELECT count(*) FROM answers_open_text") == [(0,)]


def test_contacts_are_typed_field_by_field(warehouse: OpenWarehouse) -> None:
    """Each contact is a row, its fields in snake_case, nested ones as STRUCT, wrong values NULL."""
    contact = {
        "firstName": "Ada",
        "followerCount": "12",
        "seniority": ["CXO"],
        "positions": [{"companyName": "C", "title": "T", "startedOn": {"year": 2020}, "endedOn": None}],
        "education": [{"schoolName": "S", "endDate": {"year": 1999, "month": 5}}],
        "unheard_of": 1,
    }
    answer = {"type": "contacts", "contacts": {"value": [contact, "junk", {"firstName": ["odd"]}]}}
    land(warehouse.paths, "a", [raw_signal("1", answer, "contacts_generation")])
    assert warehouse.load() == (1, 0, 0, 0)
    assert warehouse.rows(
        "SELECT position, first_name, follower_count, seniority, positions[1].started_on.year, "
        "positions[1].company_name, positions[1].ended_on, education[1].end_date.month "
        "FROM answers_contacts ORDER BY position"
    ) == [
        (0, "Ada", 12, ["CXO"], 2020, "C", None, 5),
        (2, '["odd"]', None, None, None, None, None, None),
    ]


def test_posts_and_engagements_are_typed_field_by_field(warehouse: OpenWarehouse) -> None:
    """A post keeps its relative time as text; an engagement's times are UTC; subject becomes post_subject."""
    post = {
        "postUrl": "u",
        "publishedAt": "2w",
        "subject": "s",
        "author": {"name": "N", "profileUrl": "p"},
        "engagement": {"reactionCount": 3, "topReactionTypes": ["LIKE"]},
    }
    engagement = {
        "postUrl": "u",
        "engagementType": "comment",
        "engagementDate": "2026-01-01T02:00:00+02:00",
        "postAuthor": {"name": "N"},
    }
    land(
        warehouse.paths,
        "a",
        [
            raw_signal("1", {"type": "contact_posts", "contactPosts": {"value": [post]}}, "contact_posts"),
            raw_signal(
                "2",
                {"type": "contactEngagements", "contactEngagements": {"value": [engagement]}},
                "contact_engagements",
            ),
        ],
    )
    warehouse.load()
    assert warehouse.rows(
        "SELECT post_url, published_at, post_subject, author.profile_url, engagement.reaction_count, "
        "engagement.top_reaction_types FROM answers_contact_posts"
    ) == [("u", "2w", "s", "p", 3, ["LIKE"])]
    assert warehouse.rows(
        "SELECT engagement_type, engagement_date::VARCHAR, post_author.name FROM answers_contact_engagements"
    ) == [("comment", "2026-01-01 00:00:00", "N")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31 12:00:00"),
        ("2026-01-31T12:00:00.123456789Z", "2026-01-31 12:00:00.123456"),
        ("2026-01-31T14:00:00+02:00", "2026-01-31 12:00:00"),
        ("2026-01-31T12:00:00", "2026-01-31 12:00:00"),
        (1769860800, "2026-01-31 12:00:00"),
        (1769860800.5, "2026-01-31 12:00:00.5"),
        (1769860800123, "2026-01-31 12:00:00.123"),
        ("1769860800", "2026-01-31 12:00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("infinity", None),
        (0, None),
        (-62135596800, None),
        (1e300, None),
        (True, None),
        ("yesterday", None),
    ],
)
def test_times_become_utc(warehouse: OpenWarehouse, text: object, expected: str | None) -> None:
    """Times in any form are UTC, what is no time of an event is NULL, and the client reads each as the tables do."""
    land(warehouse.paths, "a", [raw_signal("1", None, status="failed", completedAt=text)])
    warehouse.load()
    assert warehouse.rows("SELECT completed_at::VARCHAR FROM signals") == [(expected,)]
    read = moment(text)
    assert (read and read.replace(tzinfo=None)) == (expected and datetime.fromisoformat(expected))


@pytest.mark.parametrize(
    ("told", "confidence"), [(0.9, 0.9), ("0.9", 0.9), ("NaN", None), ("Infinity", None), ("high", None), ({}, None)]
)
def test_confidence(warehouse: OpenWarehouse, told: object, confidence: float | None) -> None:
    """A confidence is a number that can be compared and averaged, or NULL."""
    question = Question("q", "?", AnswerType.BOOLEAN)
    land(warehouse.paths, "a", [raw_signal("1", {"type": "boolean", "boolean": True}, confidence=told)], question)
    land(
        warehouse.paths,
        "b",
        [raw_signal("2", {"type": "boolean", "boolean": {"value": True}}, confidence=told)],
        question,
    )
    warehouse.load(question)
    assert warehouse.rows("SELECT confidence FROM signals") == [(confidence,)] * 2
    assert warehouse.rows("SELECT confidence FROM answers_boolean") == [(confidence,)] * 2


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("number", {"type": "number", "number": {"value": None}}),
        ("open_text", {"type": "open_text", "openText": {"value": None}}),
        ("list", {"type": "list", "list": {"value": None}}),
        ("currency", {"type": "currency", "currency": {"value": None, "currency": "USD"}}),
        ("contacts", {"type": "contacts", "contacts": {"value": None}}),
        ("contact_posts", {"type": "contact_posts", "contactPosts": None}),
        ("json_schema", {"type": "json_schema", "jsonSchema": None}),
        ("choice", {"type": "json_schema", "jsonSchema": {"choice": None}}),
    ],
)
def test_a_null_inside_an_answer_is_not_known(warehouse: OpenWarehouse, kind: str, answer: object) -> None:
    """An answer whose value is null is as little known as one that is null, and no answer of another type."""
    question = Question(
        "q", "?", AnswerType(kind), output_schema=choice_schema(["a", "b"]) if kind == "choice" else None
    )
    land(warehouse.paths, "a", [raw_signal("1", answer, question.sent_as.value)], question)
    assert warehouse.load(question) == (1, 0, 0, 0)
    assert warehouse.rows("SELECT answer_typed, answer_json IS NULL FROM signals") == [(None, False)]
