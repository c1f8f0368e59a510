"""The view answer_changes: what a version says that the one before it did not, type by type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.choices import CHOICE_PROPERTY, choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline_tests.warehouse.signals import land, raw_signal

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

SHOWN = "kind, old_value, new_value, added_items, removed_items, updated_items, difference, percent_change"
ADA = {"fullName": "Ada", "headline": "CRO", "linkedInProfileUrl": "https://l.com/in/ada", "followerCount": 1}
BOB = {"firstName": "Bob", "lastName": "Ray"}
POST = {"postUrl": "https://l.com/1", "postText": "Hello", "engagement": {"reactionCount": 1}}
LIKE = {"postUrl": "https://l.com/1", "engagementType": "reaction", "reactionText": "LIKE"}

SAME = [
    ("open_text", "We sell\n bolts", " We sell bolts "),
    ("number", 12, "12.0"),
    ("number", 0, -0.0),
    ("boolean", True, "yes"),
    ("url", "https://a.b/c", "https://a.b/c "),
    ("percentage", {"value": 5, "unit": "%"}, {"value": "5.0", "unit": "percent"}),
    ("currency", {"value": 5, "currency": "eur"}, {"value": "5.00", "currency": "EUR"}),
    ("list", ["a", "b", "b"], ["b", "a "]),
    ("list", [], []),
    ("contacts", [ADA, BOB], [BOB, ADA | {"linkedInProfileUrl": "https://L.com/in/ADA/", "followerCount": 9}]),
    ("contacts", [], []),
    ("contact_posts", [POST], [POST | {"engagement": {"reactionCount": 900}}]),
    ("contact_engagements", [LIKE], [LIKE | {"engagementDate": "2026-01-01T00:00:00Z"}]),
    ("choice", "HubSpot", " hubspot"),
    ("json_schema", {"a": {"x": 1, "y": [1, 2]}, "b": None}, {"a": {"y": [1.0, 2], "x": 1, "z": None}}),
]
CHANGED: list[tuple[str, Any, Any, tuple[Any, ...]]] = [
    ("open_text", "We sell bolts", "We sell nuts", ("We sell bolts", "We sell nuts", None, None, None, None, None)),
    ("boolean", True, False, ("yes", "no", None, None, None, None, None)),
    ("url", "https://a.b", "https://a.b/c", ("https://a.b", "https://a.b/c", None, None, None, None, None)),
    ("choice", "HubSpot", "none", ("HubSpot", "none", None, None, None, None, None)),
    ("number", 200, 150, ("200", "150", None, None, None, -50.0, -25.0)),
    ("number", -4, -3.9, ("-4", "-3.9", None, None, None, 0.1, 2.5)),
    ("number", 0, 3, ("0", "3", None, None, None, 3.0, None)),
    ("percentage", {"value": 10, "unit": "%"}, {"value": 12.5, "unit": "%"},
     ("10 %", "12.5 %", None, None, None, 2.5, 25.0)),
    ("currency", {"value": 5, "currency": "EUR"}, {"value": 7.5, "currency": "EUR"},
     ("5 EUR", "7.5 EUR", None, None, None, 2.5, 50.0)),
    ("currency", {"value": 5, "currency": "EUR"}, {"value": 5, "currency": "USD"},
     ("5 EUR", "5 USD", None, None, None, None, None)),
    ("list", ["b", "a", "c"], ["d", "a", "b"], ("b; a; c", "d; a; b", ["d"], ["c"], [], None, None)),
    ("list", ["a"], [], ("a", "(none)", [], ["a"], [], None, None)),
    ("contacts", [ADA, BOB], [ADA | {"headline": "CEO"}],
     ("Ada (CRO); Bob Ray", "Ada (CEO)", [], ["Bob Ray"], ["https://l.com/in/ada"], None, None)),
    ("contacts", [], [BOB], ("(none)", "Bob Ray", ["Bob Ray"], [], [], None, None)),
    ("contact_posts", [POST], [POST | {"postText": "Bye"}], ("Hello", "Bye", [], [], ["https://l.com/1"], None, None)),
    (
        "contact_engagements",
        [LIKE],
        [LIKE, LIKE | {"engagementType": "comment", "commentText": "Yes", "reactionText": None}],
        ("reaction on https://l.com/1: LIKE", "reaction on https://l.com/1: LIKE; comment on https://l.com/1: Yes",
         ["comment on https://l.com/1"], [], [], None, None),
    ),
    (
        "json_schema",
        {"same": 1, "gone": "x", "other": {"a": [1, 2]}},
        {"other": {"a": [2, 1]}, "new": True, "same": 1},
        ('gone: x; other: {"a":[1,2]}', 'other: {"a":[2,1]}; new: true', ["new"], ["gone"], ["other"], None, None),
    ),
]  # fmt: skip


def answer(answer_type: str, said: Any) -> dict[str, Any] | None:
    """An answer that says this; None: not known."""
    if said is None:
        return None
    if answer_type == "choice":  # sent and answered as an object
        return {"type": "json_schema", "json_schema": {CHOICE_PROPERTY: said}}
    is_whole = answer_type == "json_schema" or (isinstance(said, dict) and "value" in said)
    return {"type": answer_type, answer_type: said if is_whole else {"value": said}}


def versions(warehouse: OpenWarehouse, answer_type: str, *said: Any, **fields: Any) -> None:
    """Load versions of one pair, named 1, 2, …, a day apart. ``fields`` are those of the last one."""
    schema = choice_schema(["HubSpot", "none"]) if answer_type == "choice" else None
    question = Question("q", "?", AnswerType(answer_type), output_schema=schema)
    for day, each in enumerate(said, start=1):
        more = {"completedAt": f"2026-01-{day:02d}T00:00:00Z"} | (fields if day == len(said) else {})
        land(
            warehouse.paths, str(day), [raw_signal(str(day), answer(answer_type, each), answer_type, **more)], question
        )
    warehouse.load(question)


def asked(answer_type: str) -> Question:
    """A question of this type; its key is the type."""
    schema = choice_schema(["HubSpot", "none"]) if answer_type == "choice" else None
    return Question(answer_type, f"{answer_type}?", AnswerType(answer_type), output_schema=schema)


@pytest.fixture(scope="module")
def compared(shared: OpenWarehouse) -> OpenWarehouse:
    """Every case above is a company with two answers, a day apart."""
    cases = {f"same{number}": each for number, each in enumerate(SAME)}
    cases |= {f"changed{number}": each[:3] for number, each in enumerate(CHANGED)}
    kinds = sorted({answer_type for answer_type, *_ in cases.values()})
    for kind in kinds:
        signals = [
            raw_signal(
                f"{name}-{day}",
                answer(kind, said[day - 1]),
                kind,
                domain=f"{name}.com",
                completedAt=f"2026-01-{day:02d}T00:00:00Z",
            )
            for name, (answer_type, *said) in cases.items()
            if answer_type == kind
            for day in (1, 2)
        ]
        land(shared.paths, kind, signals, asked(kind))
    shared.load(*map(asked, kinds))
    return shared


@pytest.mark.parametrize("number", range(len(SAME)))
def test_the_same_said_again_is_no_change(compared: OpenWarehouse, number: int) -> None:
    """Values are compared by their type: order, spelling and counters of reactions are no change."""
    there = f"WHERE subject = 'same{number}.com'"
    assert compared.rows(f"SELECT count(*) FROM signals {there}") == [(2,)]  # noqa: S608
    assert compared.rows(f"SELECT * FROM answer_changes {there}") == []  # noqa: S608


@pytest.mark.parametrize("number", range(len(CHANGED)))
def test_something_else_is_a_change(compared: OpenWarehouse, number: int) -> None:
    """Both values as text, what came and went, and by how much, once; the answers as they came."""
    answer_type, old, new, expected = CHANGED[number]
    name = f"changed{number}"
    there = f"WHERE subject = '{name}.com'"
    assert compared.rows(f"SELECT {SHOWN} FROM answer_changes {there}") == [("changed", *expected)]  # noqa: S608 - above
    ((old_answer, new_answer, *rest),) = compared.rows(
        "SELECT old_answer, new_answer, subject_type, question_key, answer_type, change_type, previous_signal_id, "  # noqa: S608
        f"signal_id, changed_at::VARCHAR FROM answer_changes {there}"
    )
    assert [json.loads(old_answer), json.loads(new_answer)] == [answer(answer_type, old), answer(answer_type, new)]
    day = "2026-01-02 00:00:00"
    assert rest == ["company", answer_type, answer_type, "CHANGED", f"{name}-1", f"{name}-2", day]


@pytest.mark.parametrize("answer_type", [t.value for t in AnswerType if t is not AnswerType.CONTACTS_GENERATION])
@pytest.mark.sweep(keep=6)
def test_known_and_not_known(warehouse: OpenWarehouse, answer_type: str) -> None:
    """What becomes known is added, what is not known any more is removed; two times not known is no change."""
    said = next(new for kind, _, new, _ in CHANGED if kind == answer_type and new != [])
    versions(warehouse, answer_type, None, None, said, None)
    found = warehouse.rows(
        "SELECT kind, old_value IS NULL, new_value IS NULL, old_answer IS NULL, new_answer IS NULL, "
        "len(added_items) > 0, len(removed_items) > 0, difference FROM answer_changes ORDER BY changed_at"
    )
    has_items = answer_type in {"list", "json_schema"} or answer_type.startswith("contact")
    items = [(True, False), (False, True)] if has_items else [(None, None)] * 2
    assert found == [
        ("added", True, False, True, False, *items[0], None),
        ("removed", False, True, False, True, *items[1], None),
    ]


def test_an_answer_that_fits_no_type_is_compared_as_it_came(warehouse: OpenWarehouse) -> None:
    """Untyped versions are neither lost nor taken for not known."""
    versions(warehouse, "number", 5, "about 6", "about 6", 7)
    assert warehouse.rows("SELECT kind, old_value, new_value, difference FROM answer_changes ORDER BY changed_at") == [
        ("changed", "5", '{"type":"number","number":{"value":"about 6"}}', None),
        ("changed", '{"type":"number","number":{"value":"about 6"}}', "7", None),
    ]


def test_the_first_version_and_unfinished_ones_are_no_change(warehouse: OpenWarehouse) -> None:
    """A first answer is not listed; failed signals and those of questions that are not configured never count."""
    versions(warehouse, "number", 5)
    assert warehouse.rows("SELECT * FROM answer_changes") == []
    land(warehouse.paths, "f", [raw_signal("f", None, "number", status="failed", completedAt=None)])
    versions(warehouse, "number", 5, 6)
    assert warehouse.rows("SELECT previous_signal_id, signal_id FROM answer_changes") == [("1", "2")]
    warehouse.load(Question("q", "Else?", AnswerType.NUMBER))
    assert warehouse.rows("SELECT * FROM answer_changes") == []


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"changeType": "MAJOR_CHANGE", "previousSignalId": "1"}, ("1", "1", "MAJOR_CHANGE")),
        ({"changeType": "MINOR_CHANGE", "previousSignalId": "2"}, ("2", "2", "MINOR_CHANGE")),
        ({"changeType": "MAJOR_CHANGE", "previousSignalId": None}, ("2", "2", "MAJOR_CHANGE")),
        ({"changeType": "MAJOR_CHANGE", "previousSignalId": "somebody-elses"}, ("2", "2", "CHANGED")),
        ({"changeType": "MAJOR_CHANGE", "previousSignalId": "3"}, ("2", "2", "CHANGED")),
        ({"changeType": "INITIAL", "previousSignalId": None}, ("2", "2", "CHANGED")),
        ({"changeType": "NO_CHANGE", "previousSignalId": "2"}, ("2", "2", "CHANGED")),
        (None, ("2", "2", "CHANGED")),
    ],
)
def test_compares_with_what_the_api_compared_with(
    warehouse: OpenWarehouse, context: dict[str, Any] | None, expected: tuple[str, ...]
) -> None:
    """The signal that the API names, if it is ours, else the one before by time; the API's word only for its own."""
    versions(warehouse, "number", 1, 2, 3, changeContext=context)
    columns = "previous_signal_id, old_value, change_type"
    assert warehouse.rows(f"SELECT {columns} FROM answer_changes WHERE signal_id = '3'") == [expected]  # noqa: S608


def test_free_text_in_other_words_is_no_change(warehouse: OpenWarehouse) -> None:
    """Where the API says that a free text did not change, its new wording is not listed."""
    unchanged = {"changeType": "NO_CHANGE", "previousSignalId": "1"}
    versions(warehouse, "open_text", "They use Salesforce.", "Salesforce is their CRM.", changeContext=unchanged)
    assert warehouse.rows("SELECT * FROM answer_changes") == []
    contradicting = unchanged | {"previousSignalId": "2"}
    versions(warehouse, "open_text", "They use Salesforce.", "Their CRM.", None, changeContext=contradicting)
    assert warehouse.rows("SELECT kind, change_type FROM answer_changes WHERE signal_id = '3'") == [
        ("removed", "CHANGED")
    ]


def semantic_list(*matched: tuple[str, str], previous: str = "1") -> dict[str, Any]:
    """A change context of a list, with the items that the API takes for the same."""
    pairs = [{"previous": old, "current": new, "similarityScore": 0.9} for old, new in matched]
    return {
        "changeType": "MINOR_CHANGE",
        "previousSignalId": previous,
        "changedFields": [],
        "changeDelta": {"type": "SEMANTIC_LIST", "added": [], "removed": [], "matched": pairs},
    }


def test_items_in_other_words_are_no_change(warehouse: OpenWarehouse) -> None:
    """Items that the API matched say the same; what else came or went is listed, and nothing that it made up."""
    old, new = ["CRM platform", "ERP", "Slack"], ["a platform for CRM", "Slack", "Jira"]
    context = semantic_list(("CRM platform", " a platform for CRM"), ("Slack", "Slack"), ("Word", "Excel"))
    versions(warehouse, "list", old, new, changeContext=context)
    items = "SELECT added_items, removed_items, updated_items, change_type FROM answer_changes"
    assert warehouse.rows(items) == [(["Jira"], ["ERP"], [], "MINOR_CHANGE")]


def test_a_list_in_other_words_throughout_is_no_change(warehouse: OpenWarehouse) -> None:
    """Where every item is matched, nothing changed; a match of other versions proves nothing."""
    versions(warehouse, "list", ["CRM"], ["a CRM"], changeContext=semantic_list(("CRM", "a CRM")))
    assert warehouse.rows("SELECT * FROM answer_changes") == []
    versions(warehouse, "list", ["CRM"], ["a CRM"], ["the CRM"], changeContext=semantic_list(("a CRM", "the CRM")))
    assert warehouse.rows("SELECT previous_signal_id, added_items FROM answer_changes WHERE signal_id = '3'") == [
        ("1", ["the CRM"])
    ]


@pytest.mark.parametrize("delta", ["text", 5, [], {"type": "SEMANTIC_LIST", "matched": "all"}, {"matched": [1]}])
def test_a_delta_of_another_shape_hides_nothing(warehouse: OpenWarehouse, delta: Any) -> None:
    """What the API might send instead of its documented deltas is kept, and the lists are compared as they are."""
    context = {"changeType": "CHANGED", "previousSignalId": "1", "changeDelta": delta}
    versions(warehouse, "list", ["a"], ["b"], changeContext=context)
    assert warehouse.rows("SELECT added_items, removed_items FROM answer_changes") == [(["b"], ["a"])]
    assert [json.loads(text) for (text,) in warehouse.rows("SELECT delta FROM changes WHERE signal_id = '2'")] == [
        delta
    ]
