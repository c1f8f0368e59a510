"""docs/decisions.md: its queries find something, and its example is what the views say."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from saber_pipeline.questions.catalog import load_questions
from saber_pipeline_tests.buying.world import start_world

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SAMPLES = ("sample_accounts", "sample_prospects")
REFRESHED = ("headcount_growth", "main_products", "careers_page", "value_proposition", "funding")  # none is scored
EXAMPLE = "airbus.com"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample questions asked about the sample lists, and some of them asked again."""
    questions = load_questions(ROOT / "data" / "questions.yaml").questions
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("decisions")
        world = start_world(stack.enter_context, folder, not_known_share=0.08, failed_share=0.03)
        world.questions = questions
        world.paths.domain_lists.mkdir(parents=True)
        for name in SAMPLES:
            sample = ROOT / "data" / "domain_lists" / f"{name}.csv"
            (world.paths.domain_lists / sample.name).write_bytes(sample.read_bytes())
        world.run(*questions, lists=SAMPLES)
        world.purchases_allowed = 2
        world.run(*(q for q in questions if q.key in REFRESHED), lists=SAMPLES, force=True)
        yield stack.enter_context(duckdb.connect(str(world.paths.answers_file.resolve()), read_only=True))


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_finds_something(query: str, answers: duckdb.DuckDBPyConnection) -> None:
    """A query that the page shows runs as it stands, and has rows."""
    assert answers.execute(query).fetchall()


def test_the_example_is_what_the_views_say(answers: duckdb.DuckDBPyConnection) -> None:
    """Each answer, verdict and number of the worked example is that of the sample data, and so is its result."""
    judged = answers.execute(
        "SELECT judged.question_key, coalesce(judged.value, judged.reason), coalesce(judged.verdict, 'none'), "
        "made.points, made.weight, made.points * made.weight FROM qualifications AS judged LEFT JOIN ("
        "SELECT unnest(verdicts, recursive := true) FROM account_fit WHERE domain = $domain"
        ") AS made USING (signal_id) WHERE subject = $domain",
        {"domain": EXAMPLE},
    ).fetchall()
    for key, value, verdict, points, weight, earned in judged:
        made = f"{points} . {weight} = {earned} " if points is not None else ""
        row = rf"^\| `{key}` \| .+ \| {re.escape(value)} \| {verdict} \| {made}\|$"
        assert re.search(row, PAGE, re.MULTILINE), row
    assert len(judged) == len(re.findall(r"^\| `\w+` \| .+: \d \|", PAGE, re.MULTILINE))

    fit = "SELECT score, tier, coverage, missing FROM account_fit WHERE domain = ?"
    ((score, tier, coverage, missing),) = answers.execute(fit, [EXAMPLE]).fetchall()
    said = " ".join(PAGE.split())
    assert f"rounded {score}: tier {tier}." in said
    assert f"= {coverage}, and `missing` is `[{', '.join(missing)}]`." in said
