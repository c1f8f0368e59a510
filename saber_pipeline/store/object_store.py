"""Objects in a bucket of Amazon, Google or Azure, or of a server with the same interface, through obstore.

This module is not imported if ``SABER_STORE_URL`` is not set. Names are relative to the prefix in the address.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from saber_pipeline.config.private_files import make_private_folder, private_files
from saber_pipeline.errors import ObjectStoreError
from saber_pipeline.storage_failures import KEPT

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import StoreAddress

PATIENCE_SECONDS = 120.0
"""How long requests are retried until the run ends; obstore's own ten retries would end after two seconds."""
SHORT_PATIENCE_SECONDS = 10.0
"""The same for callers that can continue without the store."""
REQUEST_SECONDS = 120
RANGE_BYTES = 32 << 20
"""How much of a large object is in memory at once."""
PART_BYTES = 8 << 20
AT_ONCE = 16
DELETED_AT_ONCE = 1_000
LONGEST_REASON = 300
KNOWN = {
    "s3": {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_SKIP_SIGNATURE",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    },
    "gs": {"GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_APPLICATION_CREDENTIALS"},
    "az": {
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_CLIENT_ID",
        "AZURE_STORAGE_CLIENT_SECRET",
        "AZURE_STORAGE_TENANT_ID",
    },
}
"""The variables taken from ``.env``; obstore itself reads these and more from the environment."""

Tag = Mapping[str, str]
"""Identifies the content of an object in conditional requests."""

T = TypeVar("T")


@dataclass(frozen=True)
class StoredObject:
    """An object in a listing."""

    name: str
    size_bytes: int
    tag: str
    modified: datetime


class ObjectStore:
    """One bucket and prefix. Every method raises ObjectStoreError if the store does not respond as it should."""

    def __init__(self, address: StoreAddress, *, patience_seconds: float | None = None) -> None:
        import obstore  # noqa: PLC0415 - see the module's docstring

        patience = PATIENCE_SECONDS if patience_seconds is None else patience_seconds
        self._address = address
        self._obstore = obstore
        self._store = _connected(os.getpid(), address, tuple(sorted(address.options.items())), patience)

    def put_new(self, name: str, content: bytes | Path) -> bool:
        """Create an object; False if an object with other content has the name.

        An object with the same content counts as ours: the reply to an earlier attempt was lost.
        """
        with self._failures():
            try:
                self._obstore.put(self._store, name, content, mode="create")
            except self._obstore.exceptions.AlreadyExistsError:
                found = self.read(name)
                wanted = content if isinstance(content, bytes) else content.read_bytes()
                return found is not None and found[0] == wanted
        return True

    def put(self, name: str, content: bytes | Path) -> None:
        """Create or replace an object. A large file is sent in parts and becomes visible once it is complete."""
        with self._failures():
            self._obstore.put(self._store, name, content, chunk_size=PART_BYTES, max_concurrency=4)

    def replace(self, name: str, content: bytes, tag: Tag | None) -> Tag | None:
        """Replace an object if it still has ``tag`` (None: if it does not exist). Returns its new tag, or None.

        ``content`` must differ from every earlier one, so that a lost reply is not taken for a failure.
        """
        with self._failures():
            try:
                mode: Any = "create" if tag is None else dict(tag)
                return _tag(cast("Any", self._obstore.put(self._store, name, content, mode=mode)))
            except (self._obstore.exceptions.AlreadyExistsError, self._obstore.exceptions.PreconditionError):
                found = self.read(name)
                return found[1] if found is not None and found[0] == content else None

    def read(self, name: str) -> tuple[bytes, Tag] | None:
        """A small object and its tag; None if there is none."""
        with self._failures():
            try:
                found = self._obstore.get(self._store, name)
                return found.bytes().to_bytes(), _tag(cast("Any", found.meta))
            except FileNotFoundError:
                return None

    def read_as(self, name: str, parse: Callable[[bytes, Tag], T]) -> T | None:
        """What ``parse`` makes of a small object and its tag; None if there is none. Raises if it cannot."""
        found = self.read(name)
        try:
            return None if found is None else parse(*found)
        except (ValueError, KeyError, TypeError):
            raise self.failure(reason=f"{name} has an unexpected format") from None

    def fetch(self, name: str, target: Path) -> bool:
        """Download an object to ``target`` in one step; False if there is none."""
        partial = target.with_name(f".{target.name}.{os.getpid()}.fetched")
        make_private_folder(target.parent)
        try:
            with self._failures(), private_files(target.parent), partial.open("wb") as file:
                try:
                    size = self._obstore.head(self._store, name)["size"]
                    for start in range(0, size, RANGE_BYTES):
                        end = min(start + RANGE_BYTES, size)
                        file.write(self._obstore.get_range(self._store, name, start=start, end=end))
                except FileNotFoundError:
                    return False
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return True

    def fetch_all(self, wanted: Iterable[tuple[str, Path]]) -> list[str]:
        """``fetch`` for many objects; returns the names of missing ones."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="saber-fetching") as threads:
            pairs = list(wanted)
            return [
                name
                for (name, _), is_there in zip(pairs, threads.map(lambda each: self.fetch(*each), pairs), strict=True)
                if not is_there
            ]

    def list(self, folder: str, after: str | None = None) -> Iterator[StoredObject]:
        """The objects below ``folder``, by name; ``after``: only names behind this one."""
        with self._failures():
            for page in self._obstore.list(self._store, prefix=folder, offset=after):
                for each in page:
                    tag = each["e_tag"] or each["version"] or ""
                    yield StoredObject(each["path"], each["size"], tag, each["last_modified"])

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; missing ones are ignored."""
        all_names = list(names)
        with self._failures():
            for start in range(0, len(all_names), DELETED_AT_ONCE):
                try:
                    self._obstore.delete(self._store, all_names[start : start + DELETED_AT_ONCE])
                except FileNotFoundError:  # Google raises it for a missing object
                    continue

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (self._obstore.exceptions.BaseError, FileNotFoundError) as error:
            if isinstance(error, FileNotFoundError) and error.errno is not None:
                raise  # a local file; obstore's error for a missing bucket has no errno
            raise self.failure(_reason(error)) from error

    def failure(self, reason: str) -> ObjectStoreError:
        """The error for a store that is unreachable or responds in an unexpected way."""
        return ObjectStoreError(
            f"The object store {self._address} does not respond as it should ({reason}). {KEPT} Check that it can be "
            "reached, that SABER_STORE_URL names a bucket that exists, and that the login in "
            "AWS_ACCESS_KEY_ID or the like may read, write, list and delete there; then run the same again."
        )


@lru_cache(maxsize=8)
def _connected(_pid: int, address: StoreAddress, options: tuple[tuple[str, str], ...], patience_seconds: float) -> Any:
    """A cached connection, shared by the threads of one process."""
    from obstore.store import from_url  # noqa: PLC0415 - see the module's docstring

    allow_http = dict(options).get("AWS_ALLOW_HTTP", os.environ.get("AWS_ALLOW_HTTP", ""))
    retry: Any = {
        "max_retries": 200,
        "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=2), "base": 2},
        "retry_timeout": timedelta(seconds=patience_seconds),
    }
    client: Any = {"timeout": timedelta(seconds=REQUEST_SECONDS), "connect_timeout": timedelta(seconds=10)}
    if allow_http.strip().lower() in ("1", "true", "yes", "on"):
        client["allow_http"] = True
    known = KNOWN[address.reveal().partition(":")[0]]
    config: Any = {name.lower(): value for name, value in options if name in known}
    try:
        return from_url(address.reveal(), config=config, client_options=client, retry_config=retry)
    except Exception as error:
        raise ObjectStoreError(
            f"The object store {address} cannot be used ({_reason(error)}). Nothing was spent. Correct "
            "SABER_STORE_URL, or the variables with its login, AWS_ACCESS_KEY_ID and the like."
        ) from error


def _tag(meta: Mapping[str, Any]) -> Tag:
    """The tag without missing values, because obstore accepts no None."""
    return {name: meta[name] for name in ("e_tag", "version") if meta.get(name) is not None}


def _reason(error: BaseException) -> str:
    """The first paragraph of the error; the others are about obstore's internals."""
    words = " ".join(str(error).split("\n\n")[0].split())
    return words if len(words) <= LONGEST_REASON else f"{words[:LONGEST_REASON]}…"
