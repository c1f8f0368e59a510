"""Lists that are fetched from Saber for ``domain_lists`` and ``contact_lists``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES, SubjectKind
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.ingest.company_list_import import FetchedList


def bring_up_to_date(log: dg.DagsterLogManager, saber: SaberResource, kind: SubjectKind) -> "list[FetchedList]":
    """Fetch the company lists that sources.yaml declares, and remove lists that it no longer declares.

    Contact lists are made by their searches, so of these only the second.

    Raises:
        PipelineError: sources.yaml has mistakes, or one of its lists has the name of a file.
    """
    from saber_pipeline.ingest.company_list_import import fetch_company_lists
    from saber_pipeline.ingest.fetched_files import drop_undeclared, fetched_file

    settings, sources = saber.settings(), saber.sources()
    paths = DataPaths.of(settings)
    is_about_companies = kind is COMPANIES
    companies = sources.company_lists if is_about_companies else ()
    names = {one.key for one in companies}
    if not is_about_companies:
        names = {search.contact_list for search in sources.contact_searches if search.contact_list}
    for name in drop_undeclared(paths, kind, names):
        log.warning(f"sources.yaml no longer names the list {name}, so its fetched file was removed.")
    fetched = fetch_company_lists(companies, settings, saber.new_client)
    for one in fetched:
        name = one.declared.key
        if one.problem is None:
            log.info(f"The list {name}: {one.companies:,} companies from Saber{'' if one.changed else ', as before'}.")
        elif not one.is_gone:
            has_file = fetched_file(paths, kind, name).is_file()
            so = "keeps its last fetched file" if has_file else "was never fetched, so it is not a partition yet"
            log.warning(f"The list {name} {so}: {one.problem}")
    return fetched


def problems_of(fetched: "Sequence[FetchedList]") -> list[str]:
    """Why declared lists can never be fetched again under their current declaration."""
    return [one.problem for one in fetched if one.is_gone and one.problem]


def fetched_metadata(fetched: "Sequence[FetchedList]") -> dict[str, Any]:
    """The lists fetched from Saber; empty if none is declared."""
    if not fetched:
        return {}
    records = [
        dg.TableRecord(
            {
                "list": one.declared.key,
                "id": one.declared.list_id,
                "companies": one.companies,
                "changed": one.changed,
                "complete": one.is_complete,
                "problem": one_line(one.problem or "", 1_000),
            }
        )
        for one in fetched
    ]
    return {"lists_at_saber": dg.MetadataValue.table(records)}
