"""The check of the object store: whether it can be reached and written, keeps conditions, and whose clock is right."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from saber_pipeline.cli.checks.finding import Finding, clock_apart, ok, problem
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ObjectStoreError

APART_SECONDS = 300.0
"""A store refuses requests of a clock that is 15 minutes off."""
PATIENCE_SECONDS = 5.0


def check_store(settings: Settings) -> Finding:
    """Write an object of its own, and remove it again."""
    assert settings.store_url is not None  # noqa: S101 - its callers see to it
    from saber_pipeline.store.object_store import ObjectStore

    name = f"doctor/{uuid.uuid4().hex}"
    try:
        store = ObjectStore(settings.store_url, patience_seconds=PATIENCE_SECONDS)
        is_conditional = store.put_new(name, b"one") and not store.put_new(name, b"another")
        found = store.read(name)
        is_conditional &= found is not None and store.replace(name, b"two", {"e_tag": '"other"'}) is None
        written = next((each.modified for each in store.list("doctor") if each.name == name), None)
        store.delete([name])
    except ObjectStoreError as error:
        return problem(
            "store", str(error), "Correct SABER_STORE_URL, the variables with its login, or the login's permissions."
        )
    if not is_conditional:
        return problem(
            "store",
            f"{settings.store_url} ignores conditional writes (If-None-Match, If-Match), so one machine could "
            "overwrite another's files",
            "Use a store that supports conditional writes, such as Amazon S3, Google Cloud Storage or Azure Blob "
            "Storage.",
        )
    apart = 0.0 if written is None else (datetime.now(UTC) - written).total_seconds()
    if abs(apart) > APART_SECONDS:
        return clock_apart("store", apart, "the store's")
    return ok("store", f"{settings.store_url} can be read and written, and supports conditional writes")
