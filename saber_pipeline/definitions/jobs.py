"""The jobs for schedules and backfills, one for each kind of subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.definitions import contact_research_asset
from saber_pipeline.definitions.asset_names import Names


def refresh_job(names: Names, kind: SubjectKind, questions: Sequence[Question]) -> Any:
    """``refresh_answers`` or ``refresh_contact_answers``: every question about a kind, by list."""
    return dg.define_asset_job(
        names.unique(kind.job),
        selection=dg.AssetSelection.assets(*(names.answers(question) for question in questions)),
        description=(
            f"Asks every {kind.noun} question about the {kind.subject_nouns} of the selected lists, and buys only the "
            'answers that are due. The tag saber/force_refresh: "true" buys every pair again.'
        ),
    )


def research_job(names: Names) -> Any:
    """``refresh_contact_research``: every person in the research lists."""
    return dg.define_asset_job(
        names.unique(contact_research_asset.JOB),
        selection=dg.AssetSelection.assets(names.asset(contact_research_asset.NAME)),
        description=(
            'Researches the people in the research lists who are due. The tag saber/collect_only: "true" purchases '
            "nothing and collects research that is in flight."
        ),
    )
