"""AI research about accounts, as typed DuckDB tables.

What other code may import from here; each is loaded at its first use, so that the command line stays fast:

- ``build_definitions``: the Dagster definitions, to be merged into others.
- ``SaberQuestions``: the component for a ``defs.yaml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saber_pipeline.definitions import build_definitions
    from saber_pipeline.definitions.component import SaberQuestions

__version__ = "0.1.0"
__all__ = ["SaberQuestions", "__version__", "build_definitions"]


def __getattr__(name: str) -> Any:
    if name == "build_definitions":
        from saber_pipeline.definitions import build_definitions  # noqa: PLC0415 - Dagster takes a second

        return build_definitions
    if name == "SaberQuestions":
        from saber_pipeline.definitions.component import SaberQuestions  # noqa: PLC0415 - likewise

        return SaberQuestions
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:  # so that Dagster finds the component
    return sorted({*globals(), *__all__})
