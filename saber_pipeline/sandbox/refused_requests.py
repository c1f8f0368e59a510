"""The error replies of the API, raised where the reason is found."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import JSONResponse


class RefusalError(Exception):
    """Ends a request with the error envelope of openapi.json (``ErrorResponse``)."""

    def __init__(
        self,
        status: int,
        error_type: str,
        message: str,
        *,
        code: str | None = None,
        fields: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.code = code or error_type
        self.message = message
        self.fields = fields

    def envelope(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "type": self.error_type,
            "code": self.code,
            "message": self.message,
            "requestId": str(uuid.uuid4()),
        }
        if self.fields:
            error["fields"] = [{"field": name, "message": message} for name, message in self.fields]
        return {"error": error}

    def response(self) -> JSONResponse:
        return JSONResponse(self.envelope(), status_code=self.status)


def invalid(field: str, message: str, *, status: int = 422) -> RefusalError:
    """A request field that the API does not accept."""
    return RefusalError(
        status,
        "BAD_REQUEST" if status == 400 else "VALIDATION",  # noqa: PLR2004 - an HTTP status reads best as one
        f"{field}: {message}" if field else message,
        code="VALIDATION_ERROR",
        fields=((field, message),),
    )


def not_found(what: str) -> RefusalError:
    return RefusalError(404, "NOT_FOUND", f"{what} not found")


def payment_required(needed: int, available: int) -> RefusalError:
    return RefusalError(
        402,
        "PAYMENT_REQUIRED",
        f"Insufficient credits: {needed} needed, {available} remaining",
    )
