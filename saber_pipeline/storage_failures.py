"""Turns errors of disk, SQLite, Postgres and DuckDB into one sentence with the cost and the remedy.

Code that opens the ledger or the warehouse names it with ``as_storage_failures``. Other storage errors are converted at
the edge, by a run's failure or by a command, with the file that the error itself names. An error that is not about
storage is a bug and stays unchanged.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from saber_pipeline.errors import PipelineError, StorageError, StorageLockedError

KEPT = "Everything that was bought is recorded and is not bought again. Analysts keep the answers they had."


class Trouble(Enum):
    """The kind of a storage failure."""

    LOCKED = "locked"
    FULL = "full"
    FORBIDDEN = "forbidden"
    BROKEN_DISK = "broken disk"
    DAMAGED = "damaged"
    MEMORY = "memory"
    TOO_MANY_FILES = "too many files"
    AWAY = "away"
    UNUSABLE = "unusable"


_BY_ERRNO = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), Trouble.FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), Trouble.FORBIDDEN),
    **dict.fromkeys((errno.EIO, errno.ESTALE, errno.ENXIO, errno.ENODEV), Trouble.BROKEN_DISK),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), Trouble.TOO_MANY_FILES),
    **dict.fromkeys((errno.ENOMEM,), Trouble.MEMORY),
    **dict.fromkeys((errno.EAGAIN, errno.EBUSY, errno.ETXTBSY, errno.ENOLCK), Trouble.LOCKED),
    **dict.fromkeys(
        (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP, errno.ENAMETOOLONG),
        Trouble.UNUSABLE,
    ),
}
_BY_SQLITE_CODE = {  # sqlite.org/rescode.html, the low byte
    3: Trouble.FORBIDDEN,  # PERM
    5: Trouble.LOCKED,  # BUSY
    6: Trouble.LOCKED,
    7: Trouble.MEMORY,
    8: Trouble.FORBIDDEN,  # READONLY
    10: Trouble.BROKEN_DISK,  # IOERR: also a file-size limit, and a file that another program cut short
    11: Trouble.DAMAGED,  # CORRUPT
    13: Trouble.FULL,
    14: Trouble.FORBIDDEN,  # CANTOPEN
    15: Trouble.LOCKED,  # PROTOCOL: too much contention
    26: Trouble.DAMAGED,  # NOTADB
}
_BY_SQLSTATE = {  # of Postgres; all its other errors, and its driver's, are Trouble.AWAY
    "53100": Trouble.FULL,
    "55P03": Trouble.LOCKED,
}
_BY_DUCKDB_CLASS = {
    "OutOfMemoryException": Trouble.MEMORY,
    "FatalException": Trouble.DAMAGED,
    "InternalException": Trouble.DAMAGED,  # raised for a damaged block whose checksum was not verified
    "SerializationException": Trouble.DAMAGED,
    "PermissionException": Trouble.FORBIDDEN,
}
_DUCKDB_WORDS = (
    ("No space left", Trouble.FULL),
    ("Disk quota", Trouble.FULL),
    ("File too large", Trouble.FULL),
    ("max_temp_directory_size", Trouble.FULL),
    ("Permission denied", Trouble.FORBIDDEN),
    ("Read-only file system", Trouble.FORBIDDEN),
    ("Input/output error", Trouble.BROKEN_DISK),
    ("Too many open files", Trouble.TOO_MANY_FILES),
    ("Could not set lock", Trouble.LOCKED),
    ("checksum", Trouble.DAMAGED),
    ("orrupt", Trouble.DAMAGED),
    ("not a valid DuckDB database", Trouble.DAMAGED),
    ("database has been invalidated", Trouble.DAMAGED),
    ("Failed to load metadata", Trouble.DAMAGED),
    ("could not read enough bytes", Trouble.DAMAGED),
)


@contextmanager
def as_storage_failures(
    subject: str | None = None, *, of: type[Exception] | tuple[type[Exception], ...] = Exception
) -> Iterator[None]:
    """Turn storage failures inside the block into a StorageError about ``subject``, such as "The ledger …".

    ``of``: the errors that ``subject`` raises. Other errors pass through to the block around this one, which knows
    their subject.
    """
    try:
        yield
    except PipelineError:
        raise
    except of as error:
        failure = as_storage_error(error, subject)
        if failure is None:
            raise
        raise failure from error


def as_storage_error(error: BaseException, subject: str | None = None) -> StorageError | None:
    """The StorageError for a failure of disk, SQLite, Postgres, DuckDB or memory; None for any other error.

    ``subject``: used if the error itself names no file. Causes are searched too, because Dagster and SQLAlchemy wrap
    errors.
    """
    found = _find_failure(error)
    if found is None:
        return None
    trouble, reason, file = found
    return _sentence(trouble, file or subject or "A file of the pipeline", reason)


def trouble_of(error: BaseException) -> Trouble | None:
    """The kind of a storage failure; None for any other error."""
    found = _find_failure(error)
    return found[0] if found else None


def last_cause(error: BaseException) -> str:
    """Class and text of the root cause of ``error``, on one line."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__) or error
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _find_failure(error: BaseException) -> tuple[Trouble, str, str | None] | None:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        if found := _classify(each):
            return found
        inner = getattr(each, "orig", None)
        each = inner if isinstance(inner, BaseException) else each.__cause__
    return None


def _classify(error: BaseException) -> tuple[Trouble, str, str | None] | None:  # noqa: PLR0911 - one for each kind
    text = " ".join(str(error).split("\n\n")[0].split()).strip() or type(error).__name__
    if isinstance(error, MemoryError):
        return Trouble.MEMORY, "no more memory is available", None
    if isinstance(error, OSError):
        # A broken connection is not a storage failure; a broken pipe is how `| head` ends.
        if isinstance(error, ConnectionError | TimeoutError) or error.errno not in _BY_ERRNO:
            return None
        file = error.filename2 or error.filename
        return _BY_ERRNO[error.errno], error.strerror or text, str(file) if isinstance(file, str | bytes) else None
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        trouble = _BY_SQLITE_CODE.get(code & 0xFF)
        return (trouble, text, None) if trouble else None
    if type(error).__module__.startswith("psycopg"):
        return _BY_SQLSTATE.get(getattr(error, "sqlstate", None) or "", Trouble.AWAY), text, None
    if type(error).__module__ in ("duckdb", "_duckdb"):
        return _classify_duckdb(type(error).__name__, text)
    return None


def _classify_duckdb(name: str, text: str) -> tuple[Trouble, str, str | None] | None:
    """By the text first, because DuckDB reports almost every disk error as an IOException."""
    for words, trouble in _DUCKDB_WORDS:
        if words in text:
            return trouble, text, None
    if name == "IOException":
        return Trouble.UNUSABLE, text, None
    return (_BY_DUCKDB_CLASS[name], text, None) if name in _BY_DUCKDB_CLASS else None


def _sentence(trouble: Trouble, subject: str, reason: str) -> StorageError:  # noqa: PLR0911 - one for each trouble
    match trouble:
        case Trouble.LOCKED:
            return StorageLockedError(
                f"{subject} is held by another program ({reason}). {KEPT} Close it there, or wait for it, and run the "
                "same again; `saber-pipeline doctor` names the program if the system reports it."
            )
        case Trouble.FULL:
            return StorageError(
                f"{subject} cannot be written: the disk is full ({reason}). {KEPT} Free some space, then run the same "
                "again."
            )
        case Trouble.FORBIDDEN:
            return StorageError(
                f"{subject} cannot be opened for reading and writing ({reason}). {KEPT} Give this user read and "
                "write access, or set SABER_DATA_DIR to another folder; then run the same again."
            )
        case Trouble.BROKEN_DISK:
            return StorageError(
                f"{subject} cannot be read or written: the disk reports an error ({reason}). {KEPT} Free some space "
                "there, and check the limit of file sizes (`ulimit -f`) and the system's log; then run "
                "the same again."
            )
        case Trouble.DAMAGED:
            return StorageError(
                f"{subject} is damaged ({reason}). {KEPT} If it is a warehouse, run `saber-pipeline rebuild`, which "
                "sends no request. If it is a ledger, restore your backup."
            )
        case Trouble.MEMORY:
            return StorageError(
                f"{subject} could not be processed: there is not enough memory ({reason}). {KEPT} Raise "
                "SABER_DUCKDB_MEMORY_LIMIT, or free some memory; then run the same again."
            )
        case Trouble.TOO_MANY_FILES:
            return StorageError(
                f"{subject} cannot be opened: this process has too many files open ({reason}). {KEPT} Raise the limit "
                "(`ulimit -n 4096`), then run the same again."
            )
        case Trouble.AWAY:
            return StorageError(
                f"{subject} does not respond as it should ({reason}). {KEPT} Check that the database runs and can be "
                "reached, and that SABER_LEDGER_URL names a user who may write to its database and schema; then run "
                "the same again."
            )
        case Trouble.UNUSABLE:
            return StorageError(
                f"{subject} cannot be used ({reason}). {KEPT} Check this path. If a file or folder is missing or of "
                "an unexpected kind, restore it from your backup; then run the same again."
            )
