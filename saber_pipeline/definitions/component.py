"""The component ``saber_pipeline.SaberQuestions``: the project from a ``defs.yaml``, for Dagster's ``dg``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
from dagster.components import ScaffoldRequest
from pydantic import Field

from saber_pipeline.definitions import build_definitions
from saber_pipeline.ingest.editor_schemas import write_editor_schemas

STARTER = Path(__file__).parent.parent / "cli" / "starter" / "questions.yaml"
DEFS_YAML = """\
type: {type_name}

attributes:
  data_dir: {data_dir}
  key_prefix: saber
  group_prefix: saber
"""


class QuestionsScaffolder(dg.Scaffolder[Any]):
    """``dg scaffold defs saber_pipeline.SaberQuestions NAME``: a ``defs.yaml`` and a data directory with questions."""

    def scaffold(self, request: ScaffoldRequest[Any]) -> None:
        """Write both; keep an existing questions.yaml."""
        data_dir = Path("data") / request.target_path.name
        request.target_path.mkdir(parents=True, exist_ok=True)
        text = DEFS_YAML.format(type_name=request.type_name, data_dir=data_dir.as_posix())
        (request.target_path / "defs.yaml").write_text(text, encoding="utf-8")
        root = request.project_root or Path.cwd()
        (root / data_dir / "domain_lists").mkdir(parents=True, exist_ok=True)
        if not (root / data_dir / "questions.yaml").exists():
            shutil.copyfile(STARTER, root / data_dir / "questions.yaml")
        write_editor_schemas(root / data_dir)


@dg.scaffold_with(QuestionsScaffolder)
class SaberQuestions(dg.Component, dg.Model, dg.Resolvable):
    """AI research about accounts as typed DuckDB tables: lists, questions, answers, exports, sensors, schedules.

    All other settings, such as SABER_API_KEY, come from the environment and ``.env``.
    """

    data_dir: str | None = Field(
        default=None,
        description=(
            "The folder of questions.yaml, domain_lists/, contact_lists/ and answers.duckdb, relative to the "
            "working directory. Default: SABER_DATA_DIR."
        ),
    )
    key_prefix: str | list[str] | None = Field(
        default=None, description="Prefix of every asset key, and of the names of jobs, sensors and schedules."
    )
    group_prefix: str | None = Field(default=None, description="Prefix of every asset group.")

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions for the current questions."""
        del context
        return build_definitions(self.data_dir, self.key_prefix, self.group_prefix)
