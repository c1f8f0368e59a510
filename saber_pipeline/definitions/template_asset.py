"""The asset ``templates``: the question templates at Saber, in every version seen."""

from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.definitions.failures import as_dagster_failure
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_logging import package_log
from saber_pipeline.foreign_text import one_line
from saber_pipeline.runs.interruptions import run_interruptible

if TYPE_CHECKING:
    from saber_pipeline.api.templates import Template


def templates_asset(saber: SaberResource) -> dg.AssetsDefinition:
    """Reads every question template at Saber and notes the newest versions."""

    @dg.asset(
        key=saber.names.asset("templates"),
        group_name=saber.names.group("inputs"),
        kinds={"saber", "duckdb"},
        metadata={"dagster/table_name": "answers.main.templates"},
        description=(
            "The question templates kept at Saber, into the table `templates`: one row for each version seen. A "
            "question in `questions.yaml` uses a template through `template_id`. Spends nothing."
        ),
    )
    def templates(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """Read every template, note the newest versions, and publish."""
        from saber_pipeline.runs.publication import publish_pending
        from saber_pipeline.runs.template_versions import SeenTemplates, log_edited_templates, remember

        with package_log(context.log), as_dagster_failure(context.log):
            settings = saber.settings()
            paths = DataPaths.of(settings)
            found = run_interruptible(_fetch(saber))
            seen = SeenTemplates(found)
            log_edited_templates(seen, paths)
            new = remember(seen, paths, run_id=context.run.run_id)
            publish_pending(settings, saber.questions())
        records = [
            dg.TableRecord(
                {
                    "template_id": one_line(each.id),
                    "version": each.version or 0,
                    "name": one_line(each.name or ""),
                    "question": one_line(each.question or "", 1_000),
                    "answer_type": one_line(each.answer_type or ""),
                }
            )
            for each in found
        ]
        metadata: dict[str, dg.RawMetadataValue] = {"dagster/row_count": len(found), "new_versions": new}
        if records:
            metadata["templates"] = dg.MetadataValue.table(records)
        return dg.MaterializeResult(metadata=metadata)

    return templates


async def _fetch(saber: SaberResource) -> "list[Template]":
    from saber_pipeline.runs.template_versions import fetch_all_templates

    async with saber.new_client() as api:
        return await fetch_all_templates(api)
