"""The answer types. For each plain type a function makes the answer from company, question, dice and revision."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from saber_pipeline.sandbox.answers.company import PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline.sandbox.answers.company import Company
    from saber_pipeline.sandbox.answers.dice import Dice

BatchAnswerType = Literal[
    "open_text", "number", "boolean", "list", "percentage", "currency", "url", "contacts", "contact_posts",
    "json_schema",
]  # fmt: skip
AnyAnswerType = BatchAnswerType | Literal["contacts_generation", "contact_engagements"]

CRMS = ("Salesforce", "HubSpot", "Microsoft Dynamics 365", "Pipedrive", "Zoho CRM", "SAP Sales Cloud")
TOOLS = ("AWS", "Snowflake", "Slack", "Jira", "Workday", "Zendesk", "Okta", "Datadog", "SAP", "Stripe", "Figma")
COMPETITORS = ("Acme", "Globex", "Initech", "Umbrella", "Hooli", "Vandelay", "Contoso", "Fabrikam", "Stark")
COUNTRIES = ("United States", "Germany", "France", "Japan", "Brazil", "India", "Canada", "Spain", "Poland")
REVENUE_PER_EMPLOYEE = 180_000
EUROS_PER_UNIT_IS_SMALL = {"JPY": 150, "INR": 90, "SEK": 11}


def open_text(company: Company, question: str, dice: Dice, revision: int) -> dict[str, Any]:
    asks = question.lower()
    if "crm" in asks:
        text = f"{company.name} uses {crm_of(company, revision)} as its CRM."
    elif re.search(r"\b(industry|sector)\b", asks):
        text = f"{company.industry}, with a focus on {dice.one_of(PRODUCTS, revision).lower()}."
    elif re.search(r"\b(where|headquarter\w*|located|city|country)\b", asks):
        text = f"{company.city}, {company.state}, {company.country_code}; {revision + 1} further offices."
    elif re.search(r"\b(pric\w+|cost)\b", asks):
        text = f"From {dice.between(9, 99) + revision} {company.currency} per user and month."
    elif re.search(r"\b(describe|what does|do\?|about|summary|business)\b", asks):
        product = dice.one_of(PRODUCTS, revision).lower()
        text = f"{company.name} offers {product} for customers in {company.industry.lower()}."
    else:
        product = dice.one_of(PRODUCTS, revision).lower()
        text = f"{company.name} puts {product} first, according to its own pages and recent job adverts."
    return {"value": text}


def crm_of(company: Company, revision: int) -> str:
    """The company's CRM, the same for every question. In odd revisions the company moved to or from Salesforce."""
    if (company.employees + company.founded) % 5 < 2:  # noqa: PLR2004 - two of five use Salesforce
        return CRMS[0] if revision % 2 == 0 else CRMS[1]
    if revision % 2:
        return CRMS[0]
    return CRMS[1 + (company.founded + revision // 2) % (len(CRMS) - 1)]


def boolean(company: Company, question: str, dice: Dice, revision: int) -> dict[str, Any]:
    named = next((crm for crm in CRMS if crm.lower() in question.lower()), None)
    if named is not None and (named == CRMS[0] or revision == 0):
        return {"value": crm_of(company, revision) == named}
    share = 0.7 if "hiring" in question.lower() else 0.45
    return {"value": dice.chance(share) != bool(revision % 2)}


def number(company: Company, question: str, dice: Dice, revision: int) -> dict[str, Any]:
    asks = question.lower()
    if re.search(r"employee|headcount|staff|people work", asks):
        return {"value": company.employees + revision * max(3, company.employees // 20)}
    if re.search(r"\byear\b|founded|established", asks):
        return {"value": company.founded + revision}
    if re.search(r"rating|score", asks):
        return {"value": dice.between(25, 48) / 10 + revision / 10}
    return {"value": int(10 ** (dice.between(300, 3200) / 1000)) + revision}


def percentage(_company: Company, question: str, dice: Dice, revision: int) -> dict[str, Any]:
    low = -200 if "grow" in question.lower() else 10
    return {"value": dice.between(low, 650) / 10 + revision, "unit": "%"}


def currency(company: Company, question: str, dice: Dice, revision: int) -> dict[str, Any]:
    factor = EUROS_PER_UNIT_IS_SMALL.get(company.currency, 1)
    if re.search(r"fund|rais|invest", question.lower()):
        amount = dice.between(1, 250) * 1_000_000
    else:
        amount = company.employees * (REVENUE_PER_EMPLOYEE + dice.between(-90_000, 90_000))
    return {"value": round(amount * factor * 1.07**revision, 2), "currency": company.currency}


def url(company: Company, question: str, _dice: Dice, revision: int) -> dict[str, Any]:
    asks = question.lower()
    pages = {
        r"career|job|vacanc": "careers",
        r"pric": "pricing",
        r"blog|news": "blog",
        r"contact": "contact",
        r"privacy": "privacy",
        r"linkedin": "",
    }
    page = next((page for pattern, page in pages.items() if re.search(pattern, asks)), "about")
    if not page:
        return {"value": f"https://www.linkedin.com/company/{company.handle}{'-' * revision}"}
    return {"value": f"https://{company.domain}/{page}" + (f"/{2026 + revision}" if revision else "")}


def listing(company: Company, question: str, dice: Dice, revision: int) -> dict[str, Any]:
    asks = question.lower()
    if re.search(r"competitor|rival", asks):
        pool: tuple[str, ...] = COMPETITORS
    elif re.search(r"tech|tool|stack|software", asks):
        pool = TOOLS
    elif re.search(r"countr|market|region", asks):
        pool = COUNTRIES
    else:
        pool = tuple(f"{company.name} {product}" for product in PRODUCTS)
    return {"value": dice.some_of(pool, dice.between(2, 6), revision)}


MADE_BY: dict[str, Callable[[Company, str, Dice, int], dict[str, Any]]] = {
    "open_text": open_text,
    "number": number,
    "boolean": boolean,
    "list": listing,
    "percentage": percentage,
    "currency": currency,
    "url": url,
}
