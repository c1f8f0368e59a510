"""AI research about accounts, as typed DuckDB tables.

Public names, each loaded at its first use so that the command line stays fast:

- ``plan``, ``run``, ``read_answers``: the commands ``plan``, ``run`` and ``answers`` as functions. ``plan`` returns a
  ``RunPlan``, ``run`` a ``RunOutcome``. All of them raise ``PipelineError``.
- ``build_definitions``: the Dagster definitions, for merging into other definitions.
- ``SaberTranslator`` and ``SaberAsset``: change keys, groups, owners, tags and metadata of the assets.
- ``SaberQuestions``: the component for a ``defs.yaml``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saber_pipeline.definitions import build_definitions
    from saber_pipeline.definitions.component import SaberQuestions
    from saber_pipeline.definitions.translator import SaberAsset, SaberTranslator
    from saber_pipeline.errors import PipelineError
    from saber_pipeline.from_python import RunOutcome, RunPlan, plan, read_answers, run

__version__ = "0.1.0"
__all__ = [
    "PipelineError",
    "RunOutcome",
    "RunPlan",
    "SaberAsset",
    "SaberQuestions",
    "SaberTranslator",
    "__version__",
    "build_definitions",
    "plan",
    "read_answers",
    "run",
]

_MODULES = {
    "errors": ("PipelineError",),
    "from_python": ("RunOutcome", "RunPlan", "plan", "read_answers", "run"),
    "definitions": ("build_definitions",),
    "definitions.component": ("SaberQuestions",),
    "definitions.translator": ("SaberAsset", "SaberTranslator"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"saber_pipeline.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:  # Dagster finds the component here
    return sorted({*globals(), *__all__})
