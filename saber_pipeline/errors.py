"""Every error this package raises on purpose, in one tree.

PipelineError                      the root; its text is one or two sentences for a person
├── InputError                     something the user wrote is wrong; nothing was spent
│   ├── SettingsError              an environment variable or .env
│   ├── QuestionsError             questions.yaml, all mistakes in one report
│   ├── SourcesError               sources.yaml, all mistakes, or something that it names does not exist
│   └── ListError                  a domain list file
├── StorageError                   a folder or file of the data directory cannot be used
│   ├── StorageLockedError         another program holds the ledger or the warehouse
│   ├── ObjectStoreError           the object store of several machines is unreachable, or refuses a request
│   ├── LockLostError              the connection that held the warehouse lock of several machines has ended
│   └── DamagedLandingError        a landed file cannot be read back
├── SpendingError                  the run would spend more than it may
│   ├── NotEnoughCreditsError      balance too small, before the first purchase
│   ├── BudgetError                max_credits too small, before the first purchase
│   ├── CostsMoreError             purchases cost more than expected; stopped before max_credits is exceeded
│   ├── OtherAddressError          the data directory belongs to another API address
│   └── OtherLedgerError           the ledger is missing, or does not belong to landing and warehouse
└── ApiError                       a request to the Saber API failed
    ├── ApiUnreachableError        the request certainly never arrived (no connection)
    ├── ApiOutcomeUnknownError     the request may have arrived: timeout, reset, cut reply, 5xx, a page for a write
    │   └── ApiServerError         … with a 5xx status
    ├── ApiRefusedError            a 4xx; for a write, in the API's own format: it certainly had no effect
    │   ├── ApiKeyRefusedError     401 or 403
    │   ├── OutOfCreditsError      402
    │   ├── ApiNotFoundError       404
    │   ├── ApiConflictError       409
    │   ├── ApiInvalidError        400, 413 or 422, with the fields that the API names; any refusal for a connector
    │   └── ApiRateLimitedError    429, still after the longest wait
    └── ApiReplyError              a successful reply with an unexpected body
"""

from __future__ import annotations

from dataclasses import dataclass

from saber_pipeline.foreign_text import one_line, plain_lines

LONGEST_API_MESSAGE = 2_000
LONGEST_NAME = 200


class PipelineError(Exception):
    """Root of the tree. ``str(error)`` says what happened, what it cost and what to do.

    Quoted texts (a file's name, a value) cannot control a terminal.
    """

    is_about_credits = False

    def __init__(self, *args: object) -> None:
        super().__init__(*(plain_lines(each) if isinstance(each, str) else each for each in args))


class InputError(PipelineError):
    """Something the user wrote is wrong. Raised before anything is spent."""


class SettingsError(InputError):
    """An environment variable, or a line of .env, has a value that cannot be used."""


class QuestionsError(InputError):
    """questions.yaml has mistakes; the text lists them all, one per line."""


class SourcesError(InputError):
    """sources.yaml has mistakes (the text lists them all), or something that it names does not exist."""


class ListError(InputError):
    """A list cannot be used as a whole (single bad rows never raise)."""


class StorageError(PipelineError):
    """A folder or file under SABER_DATA_DIR cannot be read or written."""


class OutdatedWarehouseError(StorageError):
    """Another version of this project made the warehouse, so that its tables are other ones."""


class StorageLockedError(StorageError):
    """Another program still holds the ledger or the warehouse after the longest wait."""


class ObjectStoreError(StorageError):
    """The object store shared by several machines is unreachable, or refuses a request."""


class LockLostError(StorageError):
    """The connection that held the warehouse lock in the ledger's database has ended."""


class DamagedLandingError(StorageError):
    """A landed file cannot be read back."""


class SpendingError(PipelineError):
    """A check stopped the run before it spent more than it may."""


class NotEnoughCreditsError(SpendingError):
    """The balance does not cover what the run needs."""

    is_about_credits = True


class BudgetError(SpendingError):
    """``max_credits`` does not cover what the run needs."""

    is_about_credits = True


class CostsMoreError(SpendingError):
    """The balance falls by more than expected, and the run would exceed its limit."""

    is_about_credits = True


class OtherAddressError(SpendingError):
    """The data directory was filled from another API address."""


class OtherLedgerError(SpendingError):
    """The ledger is missing, is an older copy, or belongs to another data directory."""


@dataclass(frozen=True)
class FieldProblem:
    """One entry of an error's ``fields``: a request field, and the problem with it."""

    field: str
    message: str


class ApiError(PipelineError):
    """A request failed. Keeps the reply's texts, cut and on one line (``body`` as it came); never the key.

    ``status``: the HTTP status, None without a reply. From the error body, if present: ``code``, ``error_type``,
    ``request_id``, ``cause`` (its errorCode, the code of a service behind the API), ``action`` (the API's advice) and
    ``details`` (JSON).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        error_type: str | None = None,
        request_id: str | None = None,
        fields: tuple[FieldProblem, ...] = (),
        cause: str | None = None,
        action: str | None = None,
        details: str | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(one_line(message, LONGEST_API_MESSAGE))
        self.status = status
        self.code = _name(code)
        self.error_type = _name(error_type)
        self.request_id = _name(request_id)
        self.fields = tuple(FieldProblem(one_line(each.field), one_line(each.message)) for each in fields)
        self.cause = _name(cause)
        self.action = None if action is None else one_line(action)
        self.details = details
        self.body = body


class ApiUnreachableError(ApiError):
    """No connection was possible, so the request certainly never arrived."""


class ApiOutcomeUnknownError(ApiError):
    """The request may have arrived and may have had its effect."""


class ApiServerError(ApiOutcomeUnknownError):
    """A 5xx reply. Whether a write had its effect is unknown."""


class ApiRefusedError(ApiError):
    """A 4xx reply; for a write, in the API's own format. The request certainly had no effect."""


class ApiKeyRefusedError(ApiRefusedError):
    """401 or 403."""


class OutOfCreditsError(ApiRefusedError):
    """402."""

    is_about_credits = True


class ApiNotFoundError(ApiRefusedError):
    """404."""


class ApiConflictError(ApiRefusedError):
    """409."""


class ApiInvalidError(ApiRefusedError):
    """400, 413 or 422, or another refusal that names a connector. ``fields`` lists the problems that the API names."""


class ApiRateLimitedError(ApiRefusedError):
    """429, still after the longest wait."""


class ApiReplyError(ApiError):
    """A 2xx reply with an unexpected body."""


def _name(text: str | None) -> str | None:
    return None if text is None else one_line(text, LONGEST_NAME)


PAYMENT_REQUIRED = "PAYMENT_REQUIRED"


def is_out_of_credits(error: PipelineError) -> bool:
    """Whether the API refused a request for lack of credits, by its status 402 or its type or code.

    Codes are an open set and texts may change, so words in them are not evidence.
    """
    if not isinstance(error, ApiError):
        return False
    if isinstance(error, OutOfCreditsError) or error.status == 402:  # noqa: PLR2004 - HTTP's number
        return True
    return PAYMENT_REQUIRED in (error.error_type, error.code, error.cause)
