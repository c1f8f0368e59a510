"""Reads of subscriptions' logs, in a test's world."""

from __future__ import annotations

from typing import Any

from saber_pipeline.ingest.source_declarations import Subscription
from saber_pipeline.ingest.subscription_import import SubscriptionRead, SubscriptionsResult, read_subscriptions
from saber_pipeline_tests.testbed.world import STACK, World, domains

SOON_SECONDS = 60.0


def subscribe(world: World, count: int, key: str = "news", **fields: Any) -> Subscription:
    """A subscription that has just asked STACK's question about so many companies."""
    body = {"question": STACK.text, "domains": domains(count), **fields}
    return Subscription(key, world.paths.sources_file, 7, subscription_id=world.sandbox.new_subscription(**body))


def read(world: World, *subscriptions: Subscription, **options: Any) -> SubscriptionsResult:
    return read_subscriptions(
        subscriptions, world.settings, world.questions, new_client=world.new_client, **{"run_id": "run", **options}
    )


def read_one(world: World, subscription: Subscription, **options: Any) -> SubscriptionRead:
    result = read(world, subscription, **options)
    assert result.stopped_by is None, result.stopped_by
    return result.reads[0]


def signals(world: World, where: str = "true") -> int:
    return int(world.published(f"SELECT count(*) FROM signals WHERE {where}")[0][0])  # noqa: S608 - a test's own words


def requests(world: World) -> int:
    made: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return sum(count for path, count in made.items() if "subscriptions" in path)
