"""Made-up people: contacts, their posts, and their comments and reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.answers.dice import Dice

if TYPE_CHECKING:
    from saber_pipeline.sandbox.answers.company import Company

FIRST_NAMES = (
    "Anna", "Ben", "Chloé", "David", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Keiko",
    "Luis", "Maya", "Noah", "Olga", "Priya", "Quentin", "Rosa", "Søren", "Tariq",
)  # fmt: skip
LAST_NAMES = (
    "Andersson", "Baker", "Costa", "Dubois", "Evans", "Fischer", "García", "Haddad", "Ito", "Jansen",
    "Kowalski", "Lopez", "Müller", "Nguyen", "O'Brien", "Patel", "Rossi", "Schmidt", "Tanaka", "Weber",
)  # fmt: skip
TITLES = (
    ("Chief Executive Officer", "CXO"), ("Chief Technology Officer", "CXO"),
    ("Chief Financial Officer", "CXO"), ("VP of Sales", "Vice President"), ("VP of Engineering", "Vice President"),
    ("Head of Marketing", "Director"), ("Head of Revenue Operations", "Director"),
    ("Director of IT", "Director"), ("Procurement Manager", "Experienced Manager"),
)  # fmt: skip
SCHOOLS = ("ETH Zürich", "Stanford University", "University of Oxford", "TU Delft", "INSEAD", "KTH", "Keio")
TOPICS = (
    "our new product line", "hiring in a slow market", "what we learned from 100 customer calls",
    "moving off spreadsheets", "AI in daily operations", "our expansion to a second continent",
    "why we changed our CRM", "pricing experiments that failed",
)  # fmt: skip


def contact(company: Company, dice: Dice, turn: int = 0) -> dict[str, Any]:
    """A ``Contact`` with every field."""
    first, last = dice.one_of(FIRST_NAMES, turn), dice.one_of(LAST_NAMES)
    title, seniority = dice.one_of(TITLES)
    handle = f"{first}-{last}".lower().replace("'", "") + f"-{dice.between(100, 999)}"
    year = dice.between(2012, 2024)
    return {
        "firstName": first,
        "lastName": last,
        "fullName": f"{first} {last}",
        "headline": f"{title} at {company.name}",
        "summary": f"{first} works on {dice.one_of(TOPICS)}.",
        "positions": [
            _position(company.name, title, company.city, started=year, ended=None),
            _position("Northwind Partners", "Manager", "London", started=year - 4, ended=year),
        ],
        "seniority": [seniority],
        "linkedInSalesNavigatorProfileUrl": f"https://www.linkedin.com/sales/lead/{handle}",
        "linkedInProfileUrl": f"https://www.linkedin.com/in/{handle}",
        "avatar": f"https://media.example/{handle}.jpg",
        "location": f"{company.city}, {company.country_code}",
        "followerCount": dice.between(80, 24_000),
        "education": [
            {
                "schoolName": dice.one_of(SCHOOLS),
                "schoolUrl": "https://www.linkedin.com/school/example",
                "degree": dice.one_of(("BSc", "MSc", "MBA", "PhD")),
                "fieldOfStudy": dice.one_of(("Economics", "Computer Science", "Engineering", "Law")),
                "startDate": {"year": year - 9, "month": 9},
                "endDate": {"year": year - 5, "month": 6},
            }
        ],
    }


def _position(company_name: str, title: str, location: str, *, started: int, ended: int | None) -> dict[str, Any]:
    handle = company_name.lower().replace(" ", "-")
    return {
        "companyName": company_name,
        "companyUrl": f"https://www.linkedin.com/company/{handle}",
        "title": title,
        "tenureInMonths": 12 * ((ended or 2026) - started),
        "location": location,
        "description": f"{title} at {company_name}.",
        "startedOn": {"year": started, "month": 3},
        "endedOn": {"year": ended, "month": 2} if ended else None,
    }


def author(company: Company, dice: Dice) -> dict[str, Any]:
    person = contact(company, dice)
    return {
        "name": person["fullName"],
        "headline": person["headline"],
        "profileUrl": person["linkedInProfileUrl"],
    }


def post(company: Company, dice: Dice, turn: int = 0) -> dict[str, Any]:
    """A ``Post`` with every field."""
    number = dice.between(10**9, 10**10)
    topic = dice.one_of(TOPICS, turn)
    return {
        "postUrl": f"https://www.linkedin.com/feed/update/urn:li:activity:{number}",
        "postText": f"Some thoughts on {topic} at {company.name}.",
        "activityUrn": f"urn:li:activity:{number}",
        "publishedAt": _day(dice),
        "postType": dice.one_of(("original", "shared", "repost")),
        "author": author(company, dice),
        "engagement": {
            "reactionCount": dice.between(3, 900),
            "commentCount": dice.between(0, 120),
            "viewCount": dice.between(200, 90_000),
            "topReactionTypes": dice.some_of(("LIKE", "PRAISE", "EMPATHY", "INTEREST"), 2),
        },
        "subject": topic,
    }


def engagement(company: Company, dice: Dice, turn: int = 0) -> dict[str, Any]:
    """A ``ContactEngagement``: a comment or a reaction."""
    source = post(company, dice, turn)
    is_comment = dice.chance(0.5)
    fields = {
        "postUrl": source["postUrl"],
        "postAuthor": source["author"],
        "postText": source["postText"],
        "publishedAt": source["publishedAt"],
        "engagementType": "comment" if is_comment else "reaction",
        "engagementDate": _day(dice),
    }
    if is_comment:
        fields["commentText"] = f"Well put. We saw the same with {source['subject']}."
    else:
        fields["reactionText"] = dice.one_of(("LIKE", "PRAISE", "INTEREST"))
    return fields


def _day(dice: Dice) -> str:
    return f"2026-{dice.between(1, 6):02d}-{dice.between(1, 28):02d}T{dice.between(7, 20):02d}:15:00Z"
