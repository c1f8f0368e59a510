"""The assets ``contact_searches/<key>``: one for each search of sources.yaml."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.failures import as_dagster_failure, failure
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_logging import package_log
from saber_pipeline.ingest.source_declarations import ContactSearch

if TYPE_CHECKING:
    from saber_pipeline.ingest.contact_search_import import SearchResult

SEARCHES = "contact_searches"
CHECKS = {
    "sales_navigator_connected": "Sales Navigator is connected at Saber, so that it can search.",
    "complete": "The pages add up to the total that Saber reports.",
    "companies_usable": "Every company has a LinkedIn address.",
}


def contact_searches_asset(saber: SaberResource, searches: Sequence[ContactSearch]) -> dg.AssetsDefinition:
    """One multi-asset over all searches: any subset of them runs together."""
    names = saber.names
    by_asset = {search_key(names, search): search for search in searches}

    @dg.multi_asset(
        name=names.unique(SEARCHES),
        specs=[_spec(names, search) for search in searches],
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=description)
            for key in by_asset
            for name, description in CHECKS.items()
        ],
        can_subset=True,
    )
    def contact_searches(
        context: dg.AssetExecutionContext,
    ) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        from saber_pipeline.ingest.contact_search_import import run_searches

        selected = [search for key, search in by_asset.items() if key in context.selected_asset_keys]
        if not selected:
            raise failure("A check cannot run alone: materialise its search instead. Nothing was spent.")
        with package_log(context.log), as_dagster_failure(context.log):
            result = run_searches(
                selected, saber.settings(), saber.questions(), new_client=saber.new_client, run_id=context.run.run_id
            )
        lists = [r.search.contact_list for r in result.results if r.search.contact_list and r.listed is not None]
        for name in register(context.instance, CONTACTS, lists, names):
            context.log.info(f"The contact list {name} is new. You can now ask contact questions about it.")
        for one in result.results:
            context.log.info(_describe_result(one))
            if one.is_connected:
                yield dg.MaterializeResult(
                    asset_key=search_key(names, one.search),
                    metadata=_metadata(one),
                    check_results=list(_checks(names, one)),
                )
            else:  # nothing was searched, so the asset is unchanged
                yield from _checks(names, one)
        if result.stopped_by is not None:
            with as_dagster_failure(context.log):
                raise result.stopped_by

    return contact_searches


def search_key(names: Names, search: ContactSearch) -> dg.AssetKey:
    """The asset of a search."""
    return names.asset(SEARCHES, search.key)


def feeding_searches(names: Names, searches: Iterable[ContactSearch]) -> list[dg.AssetKey]:
    """The assets of the searches that become contact lists."""
    return [search_key(names, search) for search in searches if search.contact_list is not None]


def _spec(names: Names, search: ContactSearch) -> dg.AssetSpec:
    becomes = (
        f" People with a profile URL become the contact list `{search.contact_list}`, so that you can ask contact "
        "questions about them."
        if search.contact_list
        else ""
    )
    return dg.AssetSpec(
        search_key(names, search),
        deps=[names.lists(COMPANIES)],
        group_name=names.group("sources"),
        skippable=True,
        kinds={"saber", "duckdb"},
        description=(
            f"Searches for people through Sales Navigator at Saber: {_criteria(search)}. Fills `found_contacts`, with "
            "one row for each person, and `contact_search_finds`, which records who was found by which search, and "
            f"whether they still match.{becomes} Spends nothing."
        ),
        metadata={"dagster/table_name": "answers.main.found_contacts"},
    )


def _criteria(search: ContactSearch) -> str:
    """The search criteria as text for a person."""
    named = [search.first_name, search.last_name, search.keywords]
    listed = [search.job_titles, search.seniority_levels, search.departments, search.countries]
    parts = [*(text for text in named if text), *(", ".join(values) for values in listed if values)]
    if search.companies_from:
        where = f" (column {search.column})" if search.column else ""
        parts.append(f"at the companies of the list {search.companies_from}{where}")
    if search.company_linkedin_urls:
        parts.append(f"at {len(search.company_linkedin_urls)} companies named in sources.yaml")
    return "; ".join(parts)


def _checks(names: Names, result: "SearchResult") -> Iterator[dg.AssetCheckResult]:
    rejected = result.rejected_companies
    verdicts = {
        "sales_navigator_connected": (
            result.is_connected,
            "Sales Navigator is connected at Saber."
            if result.is_connected
            else "Sales Navigator is not connected at Saber, so nothing was searched. Earlier results are kept.",
        )
    }
    if result.is_connected:
        verdicts["complete"] = (
            result.is_complete,
            f"{result.people:,} people"
            + ("." if result.is_complete else "; the pages did not add up. Run the search again to find the rest."),
        )
        verdicts["companies_usable"] = (
            rejected == 0,
            f"{rejected:,} companies could not be searched. The table rejected_companies lists them with reasons."
            if rejected
            else f"{result.companies:,} companies were searched."
            if result.companies
            else "The search names no companies.",
        )
    for name, (passed, description) in verdicts.items():
        yield dg.AssetCheckResult(
            asset_key=search_key(names, result.search),
            check_name=name,
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN,
            description=description,
        )


def _metadata(result: "SearchResult") -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "dagster/row_count": result.people,
        "people_without_profile": result.people_without_profile,
        "companies": result.companies,
        "rejected_companies": result.rejected_companies,
        "dead_companies": result.dead_companies,
        "run_seconds": round(result.seconds, 1),
    }
    if result.listed is not None:
        metadata |= {
            "contact_list": result.search.contact_list,
            "people_listed": result.listed,
            "contact_list_changed": result.list_changed,
        }
    return metadata


def _describe_result(result: "SearchResult") -> str:
    if not result.is_connected:
        return f"{result.search.key}: nothing was searched."
    at = f" at {result.companies:,} companies" if result.companies else ""
    listed = (
        f"; {result.listed:,} are in the contact list {result.search.contact_list}" if result.listed is not None else ""
    )
    return f"{result.search.key}: {result.people:,} people{at}{listed}. Nothing was spent."
