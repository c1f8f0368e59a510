"""One made-up company for every domain, so that all answers about the domain agree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from saber_pipeline.sandbox.answers.dice import Dice

INDUSTRIES = (
    "Software Development", "Financial Services", "Logistics", "Medical Devices", "Retail",
    "Industrial Machinery", "Telecommunications", "Advertising Services", "Insurance", "Biotechnology",
    "Food and Beverage", "Renewable Energy", "Education", "Travel", "Media", "Computer Networking",
)  # fmt: skip
PLACES = (
    ("San Francisco", "California", "US", "USD"), ("New York", "New York", "US", "USD"),
    ("Austin", "Texas", "US", "USD"), ("London", "England", "GB", "GBP"), ("Berlin", "Berlin", "DE", "EUR"),
    ("Munich", "Bavaria", "DE", "EUR"), ("Paris", "Île-de-France", "FR", "EUR"),
    ("Amsterdam", "North Holland", "NL", "EUR"), ("Stockholm", "Stockholm", "SE", "SEK"),
    ("Toronto", "Ontario", "CA", "CAD"), ("Sydney", "New South Wales", "AU", "AUD"),
    ("Tokyo", "Tokyo", "JP", "JPY"), ("Bengaluru", "Karnataka", "IN", "INR"), ("Zürich", "Zurich", "CH", "CHF"),
)  # fmt: skip
PRODUCTS = (
    "Analytics", "Payments", "Workflow Automation", "Cloud Storage", "Mobile App", "Developer API",
    "Customer Portal", "Data Platform", "Marketplace", "Consulting", "Managed Services", "Training",
    "Security Suite",
)  # fmt: skip
SIZES = ((10, "1-10"), (50, "11-50"), (200, "51-200"), (500, "201-500"), (1000, "501-1000"),
         (5000, "1001-5000"), (10000, "5001-10000"))  # fmt: skip
SECOND_LEVELS = {"co", "com", "org", "net", "ac", "gov", "edu"}
MIN_PARTS_WITH_SECOND_LEVEL = 3


@dataclass(frozen=True)
class Company:
    """Facts that do not change with a refresh. ``subject`` is a domain or a profile URL."""

    subject: str
    domain: str
    name: str
    handle: str
    industry: str
    city: str
    state: str
    country_code: str
    currency: str
    founded: int
    employees: int

    @property
    def size(self) -> str:
        return next((label for most, label in SIZES if self.employees <= most), "10001+")

    def listed(self, company_id: str) -> dict[str, Any]:
        """The company as an item of a company list, which has fewer fields."""
        told = self.firmographics(company_id)
        names = ("id", "name", "domain", "industry", "size", "type", "founded", "city", "state", "countryCode")
        return {
            **{name: told[name] for name in names},
            "handle": f"company/{self.handle}",
            "enrichedData": {"liId": told["linkedInId"]},
        }

    def firmographics(self, company_id: str) -> dict[str, Any]:
        """``CompanyFirmographics``."""
        return {
            "id": company_id,
            "name": self.name,
            "domain": self.domain,
            "industry": self.industry,
            "website": f"https://{self.domain}",
            "size": self.size,
            "type": "Privately Held" if self.employees % 3 else "Public Company",
            "founded": self.founded,
            "city": self.city,
            "state": self.state,
            "countryCode": self.country_code,
            "handle": self.handle,
            "linkedInId": 1_000 + self.employees * 37 + self.founded,
            "linkedInUrl": f"https://www.linkedin.com/company/{self.handle}",
            "linkedInFollowers": self.employees * 9 + 120,
            "employeeCount": self.employees,
            "description": (
                f"{self.name} is a {self.industry.lower()} company from {self.city}, founded in {self.founded}."
            ),
            "logoUrl": f"https://{self.domain}/logo.png",
        }


@lru_cache(maxsize=20_000)
def company_named(subject: str, seed: int) -> Company:
    """The company behind a domain, or the employer of a contact."""
    is_contact = "://" in subject
    handle = subject.rstrip("/").rsplit("/", 1)[-1].lower() if is_contact else _handle(subject)
    dice = Dice(f"{seed}|company|{subject}")
    city, state, country_code, currency = dice.one_of(PLACES)
    name = " ".join(word.capitalize() for word in unquote(handle).split("-") if word) or "Company"
    return Company(
        subject=subject,
        domain=f"{handle[:40]}.example" if is_contact else subject,
        name=f"{name} Employer" if is_contact else name,
        handle=handle,
        industry=dice.one_of(INDUSTRIES),
        city=city,
        state=state,
        country_code=country_code,
        currency=currency,
        founded=dice.between(1950, 2022),
        employees=int(10 ** (1 + dice.below(3500) / 1000)),
    )


def _handle(domain: str) -> str:
    parts = domain.split(".")
    if len(parts) >= MIN_PARTS_WITH_SECOND_LEVEL and parts[-2] in SECOND_LEVELS:
        return parts[-3]
    return parts[-2] if len(parts) > 1 else parts[0]
