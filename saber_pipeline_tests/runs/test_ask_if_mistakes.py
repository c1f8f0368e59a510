"""What ``ask_if`` and ``fallback`` may be: everything else is a mistake of questions.yaml, before anything is spent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import QuestionsError
from saber_pipeline.runs.configuration import configured_questions

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.questions.catalog import Catalog

BEFORE = """questions:
  uses_salesforce: {question: Does this company use Salesforce?, answer_type: boolean}
  headcount: {question: How many people work there?, answer_type: number}
  tools: {question: Which tools do they use?, answer_type: list}
  revenue: {question: What is their revenue?, answer_type: currency}
  funding:
    question: Have they raised money?
    answer_type: json_schema
    output_schema: {type: object, properties: {raised: {type: boolean}, amount: {type: number}}}
  role: {question: What is this person's role?, about: contact}
"""


def load(folder: Path, text: str) -> Catalog:
    (folder / "questions.yaml").write_text(BEFORE + text, "utf-8")
    return configured_questions(DataPaths(folder))


def mistakes(folder: Path, text: str) -> list[str]:
    """What is said of ``text``, without the file's name and the lines that BEFORE has."""
    with pytest.raises(QuestionsError) as caught:
        load(folder, text)
    lines = [line.removeprefix("questions.yaml:") for line in str(caught.value).splitlines()[1:]]
    return [
        f"{int(number) - BEFORE.count(chr(10))}:{said}" for number, _, said in (line.partition(":") for line in lines)
    ]


def asked_if(condition: str, more: str = "") -> str:
    return f"  crm:\n    question: Which CRM do they use?\n    ask_if: {condition}\n{more}"


@pytest.mark.parametrize(
    "condition",
    [
        "uses_salesforce",
        "uses_salesforce IS NOT NULL AND headcount > 50",
        "NOT uses_salesforce OR headcount BETWEEN 10 AND 99.5  ",
        "list_contains(tools, 'HubSpot')",
        "len(list_filter(tools, lambda tool: tool ILIKE '%spot%')) > 0",
        "revenue > 1e6 AND revenue_currency = 'USD'",
        "funding.raised AND accounts.funding.amount > 5",
        "'key' IN (domain, 'x') AND list_contains(lists, 'key_accounts')",
        "_company_employee_count > 5 AND _company_country_code IN ('DE', 'AT')",
        "headcount > 5 -- people\n      AND uses_salesforce",
        "headcount > 5 -- people",
        "TRY_CAST(domain AS INTEGER) IS NULL AND year(today()) - _company_founded > 5",
        "CASE WHEN headcount > 5 THEN uses_salesforce ELSE false END",
        " OR ".join(["headcount > 5"] * 100),
        f"{'(' * 900}uses_salesforce{')' * 900}",
        f"headcount{'+1' * 50} > 5",
        "coalesce(UPPER(_company_industry), '') ~ 'SOFT.*'",
    ],
)
def test_conditions(tmp_path: Path, condition: str) -> None:
    """A condition over the columns of accounts is taken as it is written."""
    catalog = load(tmp_path, asked_if(f"|\n      {condition}"))
    assert (catalog.by_key("crm").ask_if or "").split() == condition.split()


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("headcount > 5) or (true", 'it is not SQL: syntax error at or near ")"'),
        ("headcount > 5) --", 'it is not SQL: syntax error at or near ")"'),
        ("(headcount > 5", "it is not SQL: syntax error"),
        ("headcount > 5 /*", "it is not SQL: unterminated /* comment"),
        ("uses_salesforce, true", "it is more than one expression"),
        ("uses_salesforce; DROP TABLE signals", "it is not SQL"),
        ("uses_salesforce;", "it is not SQL"),
        ("uses_salesforce AS yes", "it is not SQL"),
        ("uses_salesforce FROM domains", "it is not SQL"),
        ("uses_salesforce WHERE true", "it is not SQL"),
        ("exists(SELECT 1 FROM read_csv('/etc/passwd'))", "there is a query within it"),
        ("headcount IN (SELECT 5)", "there is a query within it"),
        ("'HubSpot' = ANY(tools)", "there is a query within it; for lists, list_contains"),
        ("count(*) OVER () > 5", "there is a window function"),
        ("count(headcount) > 5", "the function count cannot be used in a condition"),
        (f"headcount{'+1' * 90} > 5", "it is nested too deeply: some 60 operations within each other are the most"),
        (f"{'NOT ' * 490}uses_salesforce", "it is nested too deeply"),
        (f"1{'+1' * 990} > 5", "it is nested too deeply"),
        ("random() > 0.5", "the function random cannot be used in a condition"),
        ("getenv('HOME') = '/root'", "the function getenv cannot be used in a condition"),
        ("read_text('/etc/passwd') = ''", "the function read_text cannot be used in a condition"),
        ("json_serialize_plan('FROM x') = ''", "the function json_serialize_plan cannot be used in a condition"),
        ("nextval('x') > 1", "the function nextval cannot be used in a condition"),
        ("sleep_ms(1000) IS NULL", "the function sleep_ms cannot be used in a condition"),
        ("current_setting('threads') > 1", "the function current_setting cannot be used in a condition"),
        ("$1", "there is something that is not part of a condition"),
        ("headcont > 5", "there is no column 'headcont' (did you mean 'headcount'?)"),
        ("role = 'CEO'", "there is no column 'role'"),
        ("rowid > 5", "there is no column 'rowid'"),
        ("signals.status = 'failed'", "there is no column 'signals'"),
        ("headcount", "it is of the type DOUBLE, not BOOLEAN"),
        ("1", "it is of the type INTEGER, not BOOLEAN"),
        ("domain", "it is of the type VARCHAR, not BOOLEAN"),
        ("NULL", 'it is of the type "NULL", not BOOLEAN'),
        ("headcount > '1,000'", "it cannot be computed: Could not convert string '1,000' to DOUBLE"),
        ("list_contains(headcount, 5)", "it cannot be computed:"),
        ("funding.rased", "it cannot be computed:"),
    ],
)
def test_what_is_no_condition(tmp_path: Path, condition: str, said: str) -> None:
    """What could buy for everyone, write, look elsewhere, or is not true or false, is a mistake with its line."""
    (mistake,) = mistakes(tmp_path, f"  crm:\n    question: Which CRM do they use?\n    ask_if: {condition!r}\n")
    assert mistake.startswith(f"3: crm.ask_if: {said}")
    assert (
        "; allowed is one condition that is true or false, over the columns of accounts: domain, lists, "
        "uses_salesforce, headcount, tools, revenue, revenue_currency, funding, crm, _company_observed_at" in mistake
    )


CHOICE = """  vendor:
    question: Which vendor do they use?
    answer_type: choice
    choices: [Salesforce, HubSpot, "no", other]
    fallback: vendor_guess
  vendor_guess: {question: Which vendor may they use?, answer_type: choice, choices: [Salesforce, HubSpot, "no", other]}
"""


@pytest.mark.parametrize(
    ("condition", "texts"),
    [
        ("vendor = 'Salesforce' OR VENDOR <> 'no'", []),
        ("vendor IN ('HubSpot', 'other') AND vendor IS DISTINCT FROM 'no'", []),
        ("vendor LIKE 'Sales%' AND lower(vendor) = 'hubspot' AND vendor > 'A'", []),
        ("vendor = 'salesforce'", ["salesforce"]),
        ("'Hub Spot' <> accounts.vendor", ["Hub Spot"]),
        (
            "headcount > 5 AND (vendor IN ('HubSpot', 'None', 'Pipedrive') OR vendor_guess = '')",
            ["", "None", "Pipedrive"],
        ),
        ("vendor NOT IN ('none')", ["none"]),
        ("vendor IS NOT DISTINCT FROM 'x'::VARCHAR", ["x"]),
        ("CASE vendor WHEN 'SAP' THEN true ELSE false END", ["SAP"]),
        ("list_contains(['HubSpot', 'Zoho'], vendor)", ["Zoho"]),
        ("list_contains(tools, 'Zoho')", []),
    ],
)
def test_texts_that_are_no_choice(tmp_path: Path, condition: str, texts: list[str]) -> None:
    """A text that a choice can never be is a mistake for each comparison, which names the choices."""
    asked = f"{CHOICE}  crm:\n    question: Which CRM do they use?\n    ask_if: |\n      {condition}\n"
    if not texts:
        assert load(tmp_path, asked).by_key("crm").ask_if
        return
    found = mistakes(tmp_path, asked)
    assert sorted(re.findall(r"ask_if: '(.*?)' is no choice of vendor", "\n".join(found))) == texts
    assert all("; allowed are HubSpot, Salesforce, no, other" in each for each in found)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("true", "found true; allowed is a condition in SQL of 1 to 2,000 characters, such as headcount > 200"),
        ("5", "found 5; allowed is a condition"),
        ("[a]", "found a list; allowed is a condition"),
        ("''", "it has 0 characters; allowed is a condition"),
        (f"'{'x' * 2001}'", "it has 2,001 characters; allowed is a condition"),
        ("a #b", "the text ends before ` #`"),
    ],
)
def test_what_is_no_text(tmp_path: Path, value: str, said: str) -> None:
    """A condition is a text, not what YAML takes for something else."""
    (mistake,) = mistakes(tmp_path, asked_if(value))
    assert said in mistake


def test_a_contact_reads_contacts(tmp_path: Path) -> None:
    """The condition of a question about contacts reads the columns of contacts."""
    text = "  mail: {question: What is their address?, about: contact, ask_if: role ILIKE '%sales%'}\n"
    assert load(tmp_path, text).by_key("mail").ask_if
    (mistake,) = mistakes(tmp_path, text.replace("role ILIKE", "domain ILIKE"))
    assert mistake.startswith("1: mail.ask_if: there is no column 'domain'")
    assert mistake.endswith("over the columns of contacts: contact_profile_url, lists, role, mail")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (asked_if("crm IS NULL"), "3: crm.ask_if: none of them would ever be asked: `crm` waits for `crm` ("),
        (
            asked_if("stack = 'x'", "  stack:\n    question: Which stack?\n    ask_if: crm = 'y'\n"),
            "3: crm.ask_if: none of them would ever be asked: `crm` waits for `stack` waits for `crm` (",
        ),
        (
            asked_if("uses_salesforce", "    fallback: stack\n  stack: {question: Which?, fallback: crm}\n"),
            "3: crm.ask_if: none of them would ever be asked: `crm` waits for `stack` waits for `crm` (",
        ),
        (
            "  crm: {question: Which CRM?, fallback: stack}\n  stack: {question: Which?, ask_if: crm IS NULL}\n",
            "2: stack.ask_if: none of them would ever be asked: `stack` waits for `stack` (",
        ),
    ],
)
def test_circles(tmp_path: Path, text: str, said: str) -> None:
    """Questions that wait for each other, by conditions or fallbacks, are a mistake that names them."""
    (mistake,) = mistakes(tmp_path, text)
    assert mistake.startswith(said)


@pytest.mark.parametrize(
    ("fallback", "said"),
    [
        ("stak", "there is no question 'stak' (did you mean 'stack'?); allowed is the key of another question about"),
        ("crm", "a question cannot stand in for itself; allowed is the key"),
        ("role", "`role` is about a contact; allowed is the key of another question about a company"),
        ("headcount", "`headcount` has `answer_type: number`, so its answers do not fit the column of `crm`"),
        ("[a]", "found a list; allowed is the key of another question in this file"),
        ("CRM 2", "found 'CRM 2'; allowed is the key of another question in this file"),
    ],
)
def test_what_is_no_fallback(tmp_path: Path, fallback: str, said: str) -> None:
    """A fallback is another question of the same kind and type."""
    text = f"  stack: {{question: Which stack?}}\n  crm:\n    question: Which CRM?\n    fallback: {fallback}\n"
    (mistake,) = mistakes(tmp_path, text)
    assert mistake.startswith(f"4: crm.fallback: {said}")


def test_the_column_of_a_fallback_is_taken(tmp_path: Path) -> None:
    """A question with a fallback has a column for which of them knew, so no other question has that name."""
    text = "  stack: {question: Which?}\n  crm: {question: Which CRM?, fallback: stack}\n"
    (mistake,) = mistakes(tmp_path, f"{text}  crm_answered_by: {{question: By?}}\n")
    assert mistake.startswith("3: crm_answered_by: the key is taken: the fallback of `crm` in line ")


def test_no_part_of_a_question(tmp_path: Path) -> None:
    """Neither a condition nor a fallback is part of what a question is."""
    plain = load(tmp_path, "  stack: {question: Which?}\n  crm: {question: Which CRM do they use?}\n").by_key("crm")
    text = asked_if("headcount > 5", "    fallback: stack\n  stack: {question: Which?}\n")
    assert load(tmp_path, text).by_key("crm").question_id == plain.question_id


def test_a_template_that_no_run_has_seen(tmp_path: Path) -> None:
    """The column of a question whose template decides its type may be read; other columns are known."""
    text = "  plan: {template_id: 00000000-0000-0000-0000-000000000001}\n"
    assert load(tmp_path, asked_if("plan > 5 OR plan_unit = 'x'", text)).by_key("crm").ask_if
    (mistake,) = mistakes(tmp_path, asked_if("plan > 5 OR plam", text))
    assert "there is no column 'plam'" in mistake
