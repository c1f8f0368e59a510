"""Values of sources.yaml: each is read from its node, or said to be wrong and what is allowed."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.mistakes import shown, suggestion
from saber_pipeline.config.questions.yaml_nodes import Node, Scalar, Sequence, cut_text, described
from saber_pipeline.inputs.cells import Rejected
from saber_pipeline.inputs.company_pages import normalise_company_page
from saber_pipeline.inputs.list_names import LIST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

DEPARTMENTS = (
    "Accounting", "Administrative", "Arts and Design", "Business Development", "Community and Social Services",
    "Consulting", "Customer Success and Support", "Education", "Engineering", "Entrepreneurship", "Finance",
    "Healthcare Services", "Human Resources", "Information Technology", "Legal", "Marketing",
    "Media and Communication", "Military and Protective Services", "Operations", "Product Management",
    "Program and Project Management", "Purchasing", "Quality Assurance", "Real Estate", "Research", "Sales",
)  # fmt: skip
SENIORITY_LEVELS = (
    "Owner / Partner", "CXO", "Vice President", "Director", "Experienced Manager", "Entry Level Manager",
    "Strategic", "Senior", "Entry Level", "In Training",
)  # fmt: skip
SAMPLE_ID = uuid.UUID(int=0)

_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_LIST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


class WrongValueError(Exception):
    """A value cannot be used; the text says so and what is allowed. Never leaves this package."""


def text_of(most: int) -> Callable[[Node], str]:
    """A reader of a text of 1 to ``most`` characters."""

    def read(node: Node) -> str:
        allowed = f"allowed is a text of 1 to {most} characters"
        if not isinstance(node, Scalar) or node.is_null:
            raise WrongValueError(f"there is {described(node)}; {allowed}")
        if node.comment[1:].strip() or node.comment == "#":
            raise WrongValueError(cut_text(node))
        text = node.text.strip()
        if not 1 <= len(text) <= most:
            raise WrongValueError(f"it has {len(text)} characters; {allowed}")
        return text

    return read


def list_of(read_item: Callable[[Node], str], example: str) -> Callable[[Node], tuple[str, ...]]:
    """A reader of a list with at least one item; repeated items count once."""

    def read(node: Node) -> tuple[str, ...]:
        if not isinstance(node, Sequence) or not node.items:
            found = "an empty list" if isinstance(node, Sequence) else described(node)
            raise WrongValueError(f"there is {found}; allowed is a list with at least one entry, such as {example}")
        return tuple(dict.fromkeys(read_item(item) for item in node.items))

    return read


def word_of(allowed: tuple[str, ...]) -> Callable[[Node], str]:
    """A reader of one of the words ``allowed``."""

    def read(node: Node) -> str:
        if isinstance(node, Scalar) and node.text in allowed:
            return node.text
        hint = suggestion(node.text, allowed) if isinstance(node, Scalar) else ""
        raise WrongValueError(f"there is {described(node)}{hint}; allowed are {', '.join(allowed)}")

    return read


def country(node: Node) -> str:
    """A country's two letters, as capitals. ``NO`` is Norway, also where YAML would read it as false."""
    if not isinstance(node, Scalar) or not _COUNTRY.fullmatch(node.text):
        raise WrongValueError(f"there is {described(node)}; allowed are two letters for each country, such as DE")
    return node.text.upper()


def company_page(node: Node) -> str:
    """The LinkedIn address of one company, in its normal form."""
    page = normalise_company_page(node.text) if isinstance(node, Scalar) else None
    if isinstance(page, str):
        return page
    reason = f" {page.reason.rstrip('.')}" if isinstance(page, Rejected) else ""
    what = f"there is {described(node)}.{reason}; allowed is an address such as https://www.linkedin.com/company/acme"
    raise WrongValueError(what)


def list_name(node: Node) -> str:
    """The name of a list: a partition."""
    if not isinstance(node, Scalar) or not LIST_NAME.fullmatch(node.text):
        what = (
            f"there is {described(node)}; allowed is a list's name: 1 to 100 of the characters A-Z, a-z, 0-9, _ and -"
        )
        raise WrongValueError(what)
    return node.text


def subscription_id(node: Node) -> str:
    """A UUID, spelt in the one way that the API uses."""
    try:
        return str(uuid.UUID(hex=node.text.strip() if isinstance(node, Scalar) else ""))
    except ValueError:
        what = f"there is {described(node)}; allowed is the id of a subscription at Saber, a UUID such as {SAMPLE_ID}"
        raise WrongValueError(what) from None


def company_list_id(node: Node) -> str:
    """The id of a list at Saber. Nothing public says that it is a UUID."""
    text = node.text.strip() if isinstance(node, Scalar) and not node.is_null else ""
    if not _LIST_ID.fullmatch(text):
        what = f"there is {described(node)}; allowed is the id of a list at Saber, such as {SAMPLE_ID}"
        raise WrongValueError(what)
    return text


def taken(what: str, first_line: int) -> str:
    """The mistake for something that is declared twice."""
    return f"{shown(what)} is there twice, first in line {first_line}; keep one of them"
