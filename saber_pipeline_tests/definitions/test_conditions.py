"""What Dagster's pages say of a question that is not asked everywhere."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from saber_pipeline.definitions import build_definitions


def test_the_description_names_condition_and_fallback(tmp_path: Path) -> None:
    """The asset of a question says where it is asked, and what is asked where it is not known."""
    (tmp_path / "questions.yaml").write_text(
        "questions:\n"
        "  headcount: {question: How many people work there?, answer_type: number}\n"
        "  stack: {question: Which stack?}\n"
        "  crm: {question: Which CRM?, ask_if: headcount > 50, fallback: stack}\n"
    )
    graph = build_definitions(data_dir=tmp_path).get_repository_def().asset_graph
    described = graph.get(dg.AssetKey(["answers", "crm"])).description or ""
    assert "It is asked only if ` headcount > 50 `. If the answer is not known, `stack` is asked." in described
    assert "asked only if" not in (graph.get(dg.AssetKey(["answers", "headcount"])).description or "")
