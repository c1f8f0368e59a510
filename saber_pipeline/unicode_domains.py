"""Shows internationalised domain names in Unicode. Stored, sent and joined names stay ASCII."""

from __future__ import annotations

PREFIX = "xn--"


def unicode_domain(domain: str) -> str:
    """``xn--mnchen-3ya.de`` as ``münchen.de``. Invalid labels stay as they are. Never raises."""
    if PREFIX not in domain:
        return domain
    return ".".join(_readable(label) if label.startswith(PREFIX) else label for label in domain.split("."))


def _readable(label: str) -> str:
    import idna  # noqa: PLC0415 - few domains need it, and its tables load slowly

    try:
        name = idna.ulabel(label)
        return name if idna.alabel(name).decode() == label else label
    except (UnicodeError, ValueError, IndexError):  # idna's own errors are UnicodeErrors
        return label
