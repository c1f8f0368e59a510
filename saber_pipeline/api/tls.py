"""Encrypted connections."""

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
    """What connections are checked against. One for the whole process: reading the certificates takes time.

    ``ca_file``: what is trusted beside the usual certificates. Raises SettingsError where it holds none.
    """
    context = ssl.create_default_context(cafile=certifi.where())  # as httpx does, which reads need not import for it
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise SettingsError(
                f"SABER_CA_FILE: {ca_file} cannot be used ({error.strerror or error}). Nothing was sent and nothing "
                "was spent. Name a PEM file with the trusted certificates, or remove the setting."
            ) from None
    return context
