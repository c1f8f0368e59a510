"""JSON Schemas beside the files that users write, so that their editor completes and checks them as they type."""

from __future__ import annotations

import json
from pathlib import Path

from saber_pipeline.config.private_files import make_private_folder
from saber_pipeline.config.questions import editor_schema as questions
from saber_pipeline.ingest import sources_fields as sources
from saber_pipeline.inputs import lists_yaml as lists

FOLDER = "schemas"


def editor_schemas() -> dict[str, str]:
    """File name → its text, for questions.yaml, sources.yaml and lists.yaml."""
    by_name = {"questions": questions, "sources": sources, "lists": lists}
    return {f"{name}.json": f"{json.dumps(of.editor_schema(), indent=1)}\n" for name, of in by_name.items()}


def write_editor_schemas(data_dir: Path) -> list[Path]:
    """Write the schemas into the data directory again. The first line of a YAML file names its schema.

    Returns the files. Raises OSError if they cannot be written.
    """
    folder = data_dir / FOLDER
    make_private_folder(folder)
    texts = editor_schemas()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
