"""TLS settings of encrypted connections."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

import certifi

from saber_pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


@cache
def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """The TLS context, cached for the process, because reading the certificates takes time.

    ``ca_file``: certificates to trust in addition to the usual ones. Raises SettingsError if it has none.
    """
    context = ssl.create_default_context(cafile=certifi.where())  # like httpx, which reads do not import
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise SettingsError(
                f"SABER_CA_FILE: {ca_file} cannot be used ({error.strerror or error}). Nothing was sent and nothing "
                "was spent. Name a PEM file with the trusted certificates, or remove the setting."
            ) from None
    return context
