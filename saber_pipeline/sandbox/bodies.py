"""Request bodies, as openapi.json defines them. Decoding a body validates it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from saber_pipeline.sandbox.answers.generated_values import AnyAnswerType, BatchAnswerType

DOMAIN_PATTERN = r"^[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?)*$"
URL_PATTERN = r"^[a-zA-Z][a-zA-Z0-9+.\-]*://[^\s]+$"
UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

Domain = Annotated[str, Meta(pattern=DOMAIN_PATTERN, min_length=1, max_length=253)]
QuestionText = Annotated[str, Meta(min_length=1, max_length=500)]
Url = Annotated[str, Meta(pattern=URL_PATTERN, min_length=1, max_length=500)]
WebhookUrl = Annotated[str, Meta(pattern=URL_PATTERN, max_length=2048)]
Uuid = Annotated[str, Meta(pattern=UUID_PATTERN)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
LongName = Annotated[str, Meta(min_length=1, max_length=200)]
Weight = Literal["important", "nice_to_have", "not_important"]


class SalesNavigator(Struct, rename="camel"):
    enabled: Literal["required", "preferred", "off"]


class Connectors(Struct, rename="camel"):
    sales_navigator: SalesNavigator | UnsetType = UNSET


class AskedFor(Struct, rename="camel", kw_only=True):
    """The fields that every request for signals has."""

    output_schema: dict[str, Any] | UnsetType = UNSET
    webhook_url: WebhookUrl | UnsetType = UNSET
    weight: Weight | UnsetType = UNSET
    qualification_criteria: dict[str, Any] | UnsetType = UNSET
    force_refresh: bool = False


class SingleCreate(AskedFor, kw_only=True, forbid_unknown_fields=True):
    question: QuestionText | UnsetType = UNSET  # required unless a template asks the question
    answer_type: AnyAnswerType = "open_text"
    signal_template_id: Uuid | UnsetType = UNSET
    connectors: Connectors | UnsetType = UNSET
    verification_mode: Literal["strict", "lenient"] = "strict"


class CreateSignal(SingleCreate, kw_only=True, forbid_unknown_fields=True):
    domain: Domain


class CreateContactSignal(SingleCreate, kw_only=True, forbid_unknown_fields=True):
    contact_profile_url: Url


class BatchItem(AskedFor, kw_only=True):
    """One entry of a batch. Unknown fields are ignored, as in the API's schema: a verificationMode is silently lost."""

    question: QuestionText | UnsetType = UNSET
    template_id: Uuid | UnsetType = UNSET
    answer_type: BatchAnswerType | UnsetType = UNSET


class CreateBatch(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    signals: Annotated[list[BatchItem], Meta(min_length=1)]
    domains: Annotated[list[Domain], Meta(min_length=1)]
    generate_summary_on_complete: bool = False
    is_async: bool = field(name="async", default=False)


class CreateResearch(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    first_name: Name
    last_name: Name
    company_name: LongName
    company_domain: Domain
    contact_profile_url: Url | UnsetType = UNSET
    linked_in_sales_navigator_url: Url | UnsetType = UNSET
    job_title: LongName | UnsetType = UNSET
    webhook_url: WebhookUrl | UnsetType = UNSET


Department = Literal[
    "Accounting", "Administrative", "Arts and Design", "Business Development",
    "Community and Social Services", "Consulting", "Customer Success and Support", "Education",
    "Engineering", "Entrepreneurship", "Finance", "Healthcare Services", "Human Resources",
    "Information Technology", "Legal", "Marketing", "Media and Communication",
    "Military and Protective Services", "Operations", "Product Management",
    "Program and Project Management", "Purchasing", "Quality Assurance", "Real Estate", "Research", "Sales",
]  # fmt: skip
Seniority = Literal[
    "Owner / Partner", "CXO", "Vice President", "Director", "Experienced Manager", "Entry Level Manager",
    "Strategic", "Senior", "Entry Level", "In Training",
]  # fmt: skip


class SearchContacts(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    company_linked_in_urls: list[Url] | UnsetType = UNSET
    first_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    last_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    job_titles: list[Annotated[str, Meta(max_length=200)]] | UnsetType = UNSET
    keywords: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    countries: list[Annotated[str, Meta(pattern="^[A-Za-z]{2}$")]] | UnsetType = UNSET
    departments: list[Department] | UnsetType = UNSET
    seniority_levels: list[Seniority] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=100)] = 25
    offset: Annotated[int, Meta(ge=0)] = 0

    @property
    def has_filter(self) -> bool:
        filters = set(self.__struct_fields__) - {"limit", "offset"}
        return any(getattr(self, name) is not UNSET for name in filters)


class PatchTemplate(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    name: LongName | UnsetType = UNSET
    question: QuestionText | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    answer_type: AnyAnswerType | UnsetType = UNSET
    output_schema: dict[str, Any] | UnsetType = UNSET
    weight: Weight | UnsetType = UNSET
    qualification_criteria: dict[str, Any] | UnsetType = UNSET


class CreateTemplate(PatchTemplate, kw_only=True, forbid_unknown_fields=True):
    name: LongName
    question: QuestionText
    answer_type: AnyAnswerType = "open_text"


class CreateSummary(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    domain: Domain
