"""What was researched without LinkedIn, as the report counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.report.report_queries import Answers
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, domains

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld


def test_the_coverage_counts_degraded_answers(start: StartWorld) -> None:
    """The column degraded counts, by list and question, the newest answers that had to do without LinkedIn."""
    world = start(degraded_share=0.4, not_known_share=0.2)
    lists = {"one": domains(40), "two": domains(30, start=20)}
    for name, members in lists.items():
        world.write_list(members, name)
    world.run(lists=("one", "two"))
    world.purchases_allowed = 2
    world.run(SIZE, lists=("two",), force=True)
    newest = {
        (question, subject): degraded
        for question, subject, degraded in world.published(
            "SELECT question_key, subject, degraded FROM signals WHERE status = 'completed' "
            "ORDER BY completed_at, created_at, signal_id"
        )
    }
    expected = {
        (name, question.key): sum(bool(newest.get((question.key, domain))) for domain in members)
        for name, members in lists.items()
        for question in (SIZE, CLOUD)
    }
    answers = Answers.open(world.paths.answers_file)
    table = answers.ask("coverage")
    answers.close()
    degraded = table.columns.index("degraded")
    assert {(row[0], row[1]): row[degraded] for row in table.rows} == expected
    assert all(0 < count < 40 for count in expected.values())
    assert expected["one", "size"] != expected["one", "cloud"]
