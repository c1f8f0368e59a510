"""A run on one machine, with nothing set that several machines need, pays nothing for them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from saber_pipeline.collection.reading_turn import READING_KEY
from saber_pipeline.ledger.machine_versions import VERSIONS_KEY
from saber_pipeline.ledger.publications import DONE_KEY, WANTED_KEY
from saber_pipeline_tests.testbed.world import World, domains

PACKAGES = ("psycopg", "psycopg2", "obstore", "celery", "kombu", "redis", "dagster_celery", "dagster_postgres")
WHOLE_RUN = f"""
import json, sys
from saber_pipeline_tests.testbed.run_in_a_process import main
main(json.loads(sys.argv[1]))
print([name for name in sys.modules if name.partition(".")[0] in {PACKAGES!r} or name.endswith("ledger.postgres")])
"""
FOLDERS = {".", "domain_lists", "landing", "landing/lists", "landing/signals", "ledger", "versions", "warehouse"}


@pytest.mark.ledger_in_a_file("where it is in a database, something is set")
def test_no_import_and_no_file(world: World) -> None:
    """A whole run imports no driver of a database, a queue or a store, and makes no folder and no note for them."""
    world.write_list(domains(4))
    arguments = {
        "base_url": world.sandbox.base_url,
        "data_dir": str(world.data_dir),
        "seconds": world.clock.seconds,
        "ledger_url": None,
    }
    command = [sys.executable, "-c", WHOLE_RUN, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *_, told, imported = done.stdout.splitlines()
    assert json.loads(told)["totals"] == {"answered": 8}
    assert imported == "[]"
    files = [path for path in world.data_dir.rglob("*") if path.is_file()]
    assert {path.parent.relative_to(world.data_dir).as_posix() for path in files} == FOLDERS
    noted = {name for (name,) in world.ledger_rows("SELECT name FROM facts")}
    assert not noted & {READING_KEY, VERSIONS_KEY, WANTED_KEY, DONE_KEY}
