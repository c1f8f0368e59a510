"""Objects that follow an ``outputSchema``, nested ones included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.answers.company import PRODUCTS
from saber_pipeline.sandbox.answers.generated_values import COUNTRIES, CRMS, TOOLS, crm_of
from saber_pipeline.sandbox.answers.invented_people import FIRST_NAMES, LAST_NAMES

if TYPE_CHECKING:
    from saber_pipeline.sandbox.answers.company import Company
    from saber_pipeline.sandbox.answers.dice import Dice

Schema = Mapping[str, Any]
MAX_ITEMS = 3
REGIONS = ("North America", "Western Europe", "Nordics", "Asia Pacific", "Latin America", "Middle East")


def follow(schema: Schema, company: Company, dice: Dice, revision: int, name: str = "") -> Any:
    """A value for ``schema``. ``name`` is the property's name and decides what the value is about."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return _one_of_enum(schema["enum"], company, dice, revision)
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds if isinstance(kinds, str) else dice.one_of([k for k in kinds if k != "null"] or ["null"])
    if kind == "object":
        return _object(schema, company, dice, revision, name)
    if kind == "array":
        return _array(schema, company, dice, revision, name=name)
    return _plain(kind, schema, company, dice, revision, name=name)


def _one_of_enum(values: Sequence[Any], company: Company, dice: Dice, revision: int) -> Any:
    """One of the values. If the values are CRMs, the company's own CRM, as in the other answers about the company."""
    if CRMS[0] in values:
        crm = crm_of(company, revision)
        for value in (crm, "other"):
            if value in values:
                return value
    return dice.one_of(values, revision)


def _array(schema: Schema, company: Company, dice: Dice, revision: int, *, name: str) -> list[Any]:
    items = schema.get("items") or {"type": "string"}
    low = max(int(schema.get("minItems", 1)), 0)
    high = max(low, min(int(schema.get("maxItems", low + MAX_ITEMS)), low + MAX_ITEMS))
    count = dice.between(low, high)
    return [follow(items, company, dice, revision + index, name) for index in range(count)]


def _plain(kind: str, schema: Schema, company: Company, dice: Dice, revision: int, *, name: str) -> Any:
    match kind:
        case "boolean":
            return dice.chance(0.5) != bool(revision % 2)
        case "integer":
            return _bounded(_whole(company, name, dice, revision), schema)
        case "number":
            return _bounded(_whole(company, name, dice, revision) + 0.5, schema)
        case "null":
            return None
    return _text(schema, company, name.lower(), dice, revision)


def _object(schema: Schema, company: Company, dice: Dice, revision: int, parent: str) -> dict[str, Any]:
    """An object with every required property and most of the others. A property called ``name`` names its parent."""
    required = set(schema.get("required", ()))
    made: dict[str, Any] = {}
    for name, inner in schema.get("properties", {}).items():
        is_given = dice.chance(0.85)
        if name in required or is_given or not made:
            made[name] = follow(inner, company, dice, revision, parent if name == "name" and parent else name)
    return made


def _whole(company: Company, name: str, dice: Dice, revision: int) -> int:
    about = name.lower()
    if "employee" in about or "headcount" in about:
        return company.employees + revision
    if "year" in about or "founded" in about:
        return company.founded + revision
    if "amount" in about or "revenue" in about or about.endswith(("_usd", "_eur")):
        return 250_000 * dice.between(1, 400) + 50_000 * revision
    return dice.between(1, 500) + revision


def _bounded(value: float, schema: Schema) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None:
        value = min(value, high)
    return value if low is None else max(value, low)


def _text(schema: Schema, company: Company, about: str, dice: Dice, revision: int) -> str:
    match schema.get("format"):
        case "uri":
            return f"https://{company.domain}/{dice.one_of(('about', 'blog', 'careers'), revision)}"
        case "date":
            return _date(dice, revision)
        case "date-time":
            return f"2026-0{dice.between(1, 6)}-1{revision % 10}T09:00:00Z"
        case "email":
            return f"info{revision or ''}@{company.domain}"
    if about.endswith(("_on", "_at")) or "date" in about:
        return _date(dice, revision)
    known = {
        "region": dice.one_of(REGIONS, revision),
        "investor": f"{dice.one_of(LAST_NAMES, revision)} Capital",
        "crm": crm_of(company, revision),
        "country": company.country_code if not revision else dice.one_of(COUNTRIES, revision),
        "city": company.city,
        "headquarter": f"{company.city}, {company.country_code}",
        "industry": company.industry,
        "currency": company.currency,
        "url": f"https://{company.domain}/",
        "website": f"https://{company.domain}/",
        "tool": dice.one_of(TOOLS, revision),
        "tech": dice.one_of(TOOLS, revision),
        "product": dice.one_of(PRODUCTS, revision),
        "ceo": f"{dice.one_of(FIRST_NAMES, revision)} {dice.one_of(LAST_NAMES)}",
        "person": f"{dice.one_of(FIRST_NAMES, revision)} {dice.one_of(LAST_NAMES)}",
        "name": company.name if not revision else dice.one_of(PRODUCTS, revision),
    }
    found = next((value for word, value in known.items() if word in about), None)
    return found if found is not None else f"{dice.one_of(PRODUCTS, revision)} at {company.name}"


def _date(dice: Dice, revision: int) -> str:
    return f"20{dice.between(16, 25)}-0{dice.between(1, 9)}-1{revision % 10}"
