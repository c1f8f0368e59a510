"""The operations of the Saber Platform API, written after its published documents."""

from __future__ import annotations

from dataclasses import dataclass, field

PAGE = "limit int\noffset int"
WINDOW = "fromDate date-time\ntoDate date-time\nstatus [<processing completed failed>]"
SYNC = "X-Sbr-Timeout-Sec int\nX-Sbr-Timeout-Error <true false>"


@dataclass(frozen=True)
class Operation:
    """``replies``: status → components, the one or the other. Refusals without a note are an ErrorResponse."""

    name: str
    method: str
    path: str
    replies: dict[int, str]
    refusals: tuple[int, ...] = (400, 401, 500)
    body: str = ""
    parameters: dict[str, str] = field(default_factory=dict)  # where (path, query, header) → lines, as in components.py


OPERATIONS = (
    Operation(
        "listSignals",
        "GET",
        "/v1/companies/signals",
        {200: "SignalPage"},
        parameters={"query": f"domain str\ncompanyId str\n{PAGE}\n{WINDOW}\nsubscriptionId uuid"},
    ),
    Operation(
        "createSignal",
        "POST",
        "/v1/companies/signals",
        {201: "SignalResponse"},
        (400, 401, 422, 429, 500),
        "CreateSignalRequest",
    ),
    Operation(
        "createCompanySignalSync",
        "POST",
        "/v1/companies/signals/sync",
        {200: "SignalDetailResponse", 202: "SignalResponse", 408: ""},
        (400, 401, 429, 500),
        "CreateSignalRequest",
        {"header": SYNC},
    ),
    Operation(
        "createSignalBatch",
        "POST",
        "/v1/companies/signals/batch",
        {202: "SignalBatchResponse AsyncBatchResponse", 422: "ErrorResponse SignalBatchResponse"},
        (400, 401, 429, 500),
        "CreateSignalBatchRequest",
    ),
    Operation(
        "listSubscriptionLogs",
        "GET",
        "/v1/companies/signals/subscriptions/{subscriptionId}/logs",
        {200: "SignalPage"},
        (400, 401, 404, 500),
        parameters={"path": "subscriptionId! uuid", "query": f"domain str\ncompanyId str\n{PAGE}\n{WINDOW}"},
    ),
    Operation(
        "getSignal",
        "GET",
        "/v1/companies/signals/{signalId}",
        {200: "SignalDetailResponse"},
        (401, 404, 500),
        parameters={"path": "signalId! str"},
    ),
    Operation(
        "listContactSignals",
        "GET",
        "/v1/contacts/signals",
        {200: "ContactSignalPage"},
        parameters={"query": f"contactProfileUrl uri\n{PAGE}"},
    ),
    Operation(
        "createContactSignal",
        "POST",
        "/v1/contacts/signals",
        {201: "SignalResponse"},
        (400, 401, 429, 500),
        "CreateContactSignalRequest",
    ),
    Operation(
        "createContactSignalSync",
        "POST",
        "/v1/contacts/signals/sync",
        {200: "ContactSignalDetail", 202: "SignalResponse", 408: ""},
        (400, 401, 429, 500),
        "CreateContactSignalRequest",
        {"header": SYNC},
    ),
    Operation(
        "getContactSignal",
        "GET",
        "/v1/contacts/signals/{signalId}",
        {200: "ContactSignalDetail"},
        (401, 404, 500),
        parameters={"path": "signalId! str"},
    ),
    Operation(
        "createContactResearch",
        "POST",
        "/v1/contacts/research",
        {201: "ContactResearchResponse"},
        (400, 401, 422, 429, 500),
        "CreateContactResearchRequest",
    ),
    Operation(
        "getContactResearchByExternalID",
        "GET",
        "/v1/contacts/research",
        {200: "ContactResearchDetailResponse"},
        (400, 401, 404, 422, 500),
        parameters={"query": "externalId! str\nexternalSource! str"},
    ),
    Operation(
        "getContactResearch",
        "GET",
        "/v1/contacts/research/{id}",
        {200: "ContactResearchDetailResponse"},
        (404, 500),
        parameters={"path": "id! str"},
    ),
    Operation(
        "searchContacts",
        "POST",
        "/v1/contacts/search",
        {200: "ContactSearchResponse", 429: "RateLimitErrorResponse"},
        (400, 401, 422, 500),
        "ContactSearchRequest",
    ),
    Operation("getCredits", "GET", "/v1/credits", {200: "CreditsBalance"}, (401, 429, 500)),
)
