"""The assets ``subscriptions/<key>``: one for each subscription of sources.yaml."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.failures import as_dagster_failure, failure
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_logging import package_log
from saber_pipeline.ingest.source_declarations import Subscription

if TYPE_CHECKING:
    from saber_pipeline.ingest.subscription_import import SubscriptionRead

SUBSCRIPTIONS = "subscriptions"
COMPLETE = "complete"


class SubscriptionsConfig(dg.Config):
    """How logs are read. Shown in the launchpad."""

    from_the_beginning: bool = Field(
        default=False,
        description=(
            "Read the whole log again, including entries that earlier runs read. Costs nothing; only needed if "
            "files in landing/ were lost."
        ),
    )


def subscriptions_asset(saber: SaberResource, subscriptions: Sequence[Subscription]) -> dg.AssetsDefinition:
    """One multi-asset over all subscriptions: any subset of them is read together."""
    names = saber.names
    by_asset = {subscription_key(names, subscription): subscription for subscription in subscriptions}

    @dg.multi_asset(
        name=names.unique(SUBSCRIPTIONS),
        specs=[_spec(names, subscription) for subscription in subscriptions],
        check_specs=[
            dg.AssetCheckSpec(COMPLETE, asset=key, description="The pages add up to the totals that Saber reports.")
            for key in by_asset
        ],
        can_subset=True,
    )
    def subscriptions_op(
        context: dg.AssetExecutionContext, config: SubscriptionsConfig
    ) -> Iterable[dg.MaterializeResult[None]]:
        from saber_pipeline.ingest.subscription_import import read_subscriptions

        selected = [one for key, one in by_asset.items() if key in context.selected_asset_keys]
        if not selected:
            raise failure("A check cannot run alone: materialise its subscription instead. Nothing was spent.")
        with package_log(context.log), as_dagster_failure(context.log):
            result = read_subscriptions(
                selected,
                saber.settings(),
                saber.questions(),
                new_client=saber.new_client,
                run_id=context.run.run_id,
                from_the_beginning=config.from_the_beginning,
            )
        for read in result.reads:
            context.log.info(
                f"{read.subscription.key}: {read.landed:,} executions landed, {read.recognised:,} of them answer "
                f"configured questions; {read.processing:,} are still processing. Nothing was spent."
            )
            yield dg.MaterializeResult(
                asset_key=subscription_key(names, read.subscription),
                metadata=_metadata(read),
                check_results=[_check(names, read)],
            )
        if result.stopped_by is not None:
            with as_dagster_failure(context.log):
                raise result.stopped_by

    return subscriptions_op


def subscription_key(names: Names, subscription: Subscription) -> dg.AssetKey:
    """The asset of a subscription."""
    return names.asset(SUBSCRIPTIONS, subscription.key)


def _spec(names: Names, subscription: Subscription) -> dg.AssetSpec:
    return dg.AssetSpec(
        subscription_key(names, subscription),
        group_name=names.group("sources"),
        skippable=True,
        kinds={"saber", "duckdb"},
        description=(
            f"Reads what the subscription `{subscription.subscription_id}` at Saber has answered since the last run. "
            "The answers are in `signals` and the typed tables, and `subscription_signals` identifies them. An "
            "answer to a question of questions.yaml counts as owned and is not bought again. Reading is free; the "
            "subscription itself spends credits at Saber."
        ),
        metadata={"dagster/table_name": "answers.main.subscription_signals", "id": subscription.subscription_id},
    )


def _metadata(read: "SubscriptionRead") -> dict[str, Any]:
    return {
        "landed": read.landed,
        "recognised": read.recognised,
        "failed": read.failed,
        "processing": read.processing,
        "unreadable": read.unreadable,
        **({} if read.executions is None else {"executions_at_saber": read.executions}),
        "read_until": dg.MetadataValue.timestamp(read.read_until),
    }


def _check(names: Names, read: "SubscriptionRead") -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=subscription_key(names, read.subscription),
        check_name=COMPLETE,
        passed=read.is_complete,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"Everything up to {read.read_until:%Y-%m-%d %H:%M:%S} UTC has landed."
            if read.is_complete
            else "The pages of the log did not add up, so the next run reads them again."
        ),
    )
