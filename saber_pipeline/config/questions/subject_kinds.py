"""The two kinds of subject, companies and contacts, and all names that derive from them.

Lists, plan, warehouse and definitions are one code over these records.
"""

from __future__ import annotations

from dataclasses import dataclass

from saber_pipeline.config.questions.question import SubjectType


@dataclass(frozen=True)
class SubjectKind:
    """The names of one kind of subject wherever it appears."""

    about: SubjectType
    noun: str
    nouns: str
    subject_nouns: str  # the contents of a list
    lists: str  # the asset, the partitions, and the folder of the files
    table: str  # of list members
    column: str  # of that table and of the wide view
    column_meaning: str
    view: str  # one row for each subject, one column for each question
    answers: str  # the group, the op, and the first part of the asset keys
    job: str

    @property
    def schedule(self) -> str:
        return f"{self.job}_schedule"


COMPANIES = SubjectKind(
    about=SubjectType.COMPANY,
    noun="company",
    nouns="companies",
    subject_nouns="domains",
    lists="domain_lists",
    table="domains",
    column="domain",
    column_meaning="Company domain, lower case, ASCII.",
    view="accounts",
    answers="answers",
    job="refresh_answers",
)
CONTACTS = SubjectKind(
    about=SubjectType.CONTACT,
    noun="contact",
    nouns="contacts",
    subject_nouns="contact profiles",
    lists="contact_lists",
    table="contact_profiles",
    column="contact_profile_url",
    column_meaning="Address of the contact's profile.",
    view="contacts",
    answers="contact_answers",
    job="refresh_contact_answers",
)
KINDS = (COMPANIES, CONTACTS)


def kind_of(about: SubjectType) -> SubjectKind:
    return next(kind for kind in KINDS if kind.about is about)
