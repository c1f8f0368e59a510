"""``saber-pipeline rebuild``: the same database again, from ledger and landing alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project


@pytest.mark.slow
def test_the_rebuilt_database_equals_the_original(ready: Project, sandbox: RunningSandbox) -> None:
    """After both warehouse and answers are deleted, every table and view comes back the same, without a request."""
    ready.materialize("group:answers", "accounts...prospects")
    ready.materialize("answers/crm", "accounts", {"force_refresh": True})
    original = contents(ready.answers)
    requests = sandbox.books()["requests"]
    for file in [*(ready.data / "warehouse").iterdir(), *(ready.data / "versions").iterdir(), ready.answers]:
        file.unlink()

    rebuilt = ready.run("saber-pipeline", "rebuild", SABER_API_KEY="")

    assert rebuilt.exit_code == 0, rebuilt.printed
    assert "spent" not in rebuilt.printed
    assert contents(ready.answers) == original
    assert sandbox.books()["requests"] == requests
    assert len(original["main.signals"]) == 11


def contents(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table and view, each as its sorted rows; when something was loaded is left out."""
    with duckdb.connect(str(database), read_only=True) as con:
        names = con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('main', 'questions')"
        ).fetchall()
        return {
            f"{schema}.{name}": sorted(con.execute(f'FROM "{schema}"."{name}"').fetchall(), key=repr)
            for schema, name in names
        }
