"""How each product is bought, written down, looked up after a lost reply, and landed.

The engine is one for all of them: whoever would ask which product it is asks the product's record instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from saber_pipeline.config.questions.question import SubjectType


class Route(StrEnum):
    """How a purchase is sent; ``batches.mode`` of the warehouse."""

    ASYNC = "async"  # a batch that names no ids
    SYNC = "sync"  # a batch that names its signals' ids
    SINGLE = "single"  # one object
    SINGLE_SYNC = "single_sync"  # one object, waited for in the same request


@dataclass(frozen=True)
class PurchaseTable:
    """Where purchases are written ahead in the ledger: its names for a table, and for columns of it.

    ``key`` names one purchase. Times are columns with the API's and with the machine's clock.
    """

    name: str
    key: tuple[str, ...]
    intended_at: tuple[str, str]
    unknown_at: tuple[str, str] | None = None  # since when nobody knows; None where only that it is so is kept
    is_claim: bool = False  # a row is claimed before it is sent; else the intent makes it
    quantity: str | None = None  # the column that says how many are bought; None: one by each row
    adopted: str | None = None  # the column that says that it existed at Saber, and cost nothing
    spent_as: str | None = None  # its name in ``spending``; None where its own rows say what was spent


@dataclass(frozen=True)
class Product:
    """Something that Saber sells.

    ``nouns`` are what is sold, ``counted`` is a number of them in a sentence. ``landed_as`` is the folder in landing.
    ``question`` stands for the question in the ledger's rows about a product that answers none; its subject is then a
    person's id or a domain. No question's key or id has a space.
    """

    nouns: str
    counted: str
    landed_as: str
    purchases: PurchaseTable
    question: str = ""
    has_batches: bool = False  # several are bought by one request
    can_be_looked_up: bool = True  # after a lost reply a listing shows whether it was made; else nothing ever does
    is_price_known: bool = True  # the configured price; else only the balance shows afterwards what it cost

    @property
    def selected_by(self) -> str:
        """What a user selects fewer of to spend less."""
        return "lists" if self.question else "questions or lists"

    def count(self, number: int) -> str:
        """So many of them, for a sentence."""
        return self.counted.format(f"{number:,}")

    def bought_before(self, bought: int) -> str:
        """What a run has bought before a guard stops it: a sentence."""
        return f"Before that, {bought:,} {self.nouns} were bought." if bought else "Nothing was spent."


_SUBMISSIONS = PurchaseTable(
    "submissions",
    ("submission_id",),
    ("intended_at", "machine_intended_at"),
    unknown_at=("unknown_at", "machine_unknown_at"),
    quantity="signals",
    spent_as="{submission_id}",
)

COMPANY_ANSWERS = Product("signals", "{} pairs", landed_as="signals", purchases=_SUBMISSIONS, has_batches=True)
CONTACT_ANSWERS = Product("signals", "{} pairs", landed_as="signals", purchases=_SUBMISSIONS)
CONTACT_RESEARCH = Product(
    "researches",
    "the research of {} people",
    landed_as="contact_research",
    purchases=PurchaseTable(
        "researches", ("number",), ("intended_at", "machine_intended_at"), is_claim=True, adopted="is_adopted"
    ),
    question="contact research",
    can_be_looked_up=False,
)
SUMMARIES = Product(
    "summaries",
    "{} summaries",
    landed_as="summaries",
    # A run asks about a domain once, and the row is of the run that asked last.
    purchases=PurchaseTable(
        "summary_requests", ("domain", "run_id"), ("at", "machine_at"), spent_as="summary of {domain} by {run_id}"
    ),
    question="company summary",
    is_price_known=False,
)
ANSWERS: Mapping[SubjectType, Product] = {SubjectType.COMPANY: COMPANY_ANSWERS, SubjectType.CONTACT: CONTACT_ANSWERS}
PRODUCTS = (*ANSWERS.values(), CONTACT_RESEARCH, SUMMARIES)
