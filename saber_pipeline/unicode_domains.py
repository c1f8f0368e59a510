"""Internationalised domain names as people write them. What is stored, sent and joined stays ASCII."""

from __future__ import annotations

PREFIX = "xn--"


def unicode_domain(domain: str) -> str:
    """``xn--mnchen-3ya.de`` as ``münchen.de``. A label that is no valid name stays as it is. Never raises."""
    if PREFIX not in domain:
        return domain
    return ".".join(_readable(label) if label.startswith(PREFIX) else label for label in domain.split("."))


def _readable(label: str) -> str:
    import idna  # noqa: PLC0415 - few domains need it, and its tables take their time

    try:
        name = idna.ulabel(label)
        return name if idna.alabel(name).decode() == label else label
    except (UnicodeError, ValueError, IndexError):  # idna's own are of the first kind
        return label
