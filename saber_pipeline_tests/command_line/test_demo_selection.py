"""Everything at once, as a user would select it: each kind of question and of source, and the tables they fill."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project

SUBSCRIPTION = "6f1c0c0e-2a3b-4c5d-8e9f-000000000001"
QUESTIONS = """
questions:
  reputation:
    question: What do customers say about this company?
    verification_mode: lenient
  funding:
    question: Has this company raised funding?
    answer_type: json_schema
    output_schema:
      type: object
      required: [raised]
      properties:
        raised: {type: boolean}
        latest_round:
          type: object
          properties: {stage: {type: string}, amount_usd: {type: number}}
        investors: {type: array, items: {type: object, properties: {name: {type: string}}}}
  role: {question: What is this person's role?, about: contact}
  is_buyer: {question: Does this person buy software?, about: contact, answer_type: boolean}
  posts: {question: What did this person post?, about: contact, answer_type: contact_posts}
"""
SOURCES = f"""
contact_searches:
  leaders:
    companies_from: accounts
    column: linkedin
    job_titles: [VP Sales]
    contact_list: leaders
subscriptions: {{news: {SUBSCRIPTION}}}
"""
NESTED = "STRUCT(stage VARCHAR, amount_usd DOUBLE)"
ACCOUNTS = "domain,linkedin\nacme.com,https://www.linkedin.com/company/acme\nglobex.com,linkedin.com/company/globex/\n"
PEOPLE = "first_name,last_name,company_name,company_domain\nAda,Byron,Engines,engines.com\nJoe,Doe,Cobol,cobol.com\n"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that answers everything, with a subscription that has run."""
    settings = SandboxSettings(
        processing_seconds=(0.0, 0.2), creation_spread_seconds=0.1, not_known_share=0.0, failed_share=0.0
    )
    with RunningSandbox(settings) as running:
        running.new_subscription(id=SUBSCRIPTION, question="What is new?", domains=["acme.com", "initech.com"])
        yield running


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with questions, sources, a domain list and a research list; the current folder."""
    made = new_project(tmp_path_factory.mktemp("demo") / "project", sandbox.base_url)
    made.write_questions(QUESTIONS)
    (made.data / "sources.yaml").write_text(SOURCES)
    (made.data / "domain_lists" / "accounts.csv").write_text(ACCOUNTS)
    (made.data / "research_lists").mkdir()
    (made.data / "research_lists" / "people.csv").write_text(PEOPLE)
    monkeypatch.chdir(made.folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def materialize(instance: dg.DagsterInstance, *keys: str, partition: str | None = None) -> None:
    """Materialise assets in this process, as a run of the instance."""
    selected = [dg.AssetKey(key.split("/")) for key in keys]
    job = build_project_definitions().get_repository_def().get_implicit_job_def_for_assets(selected)
    assert job is not None
    done = job.execute_in_process(instance=instance, asset_selection=selected, partition_key=partition)
    assert done.success


@pytest.mark.slow
def test_a_selection_of_everything_fills_its_tables(here: Project, sandbox: RunningSandbox) -> None:
    """A lenient and an object question, three about contacts, a search, people, a subscription: all have their rows."""
    with dg.instance_for_test() as instance:
        materialize(instance, "domain_lists")
        materialize(instance, "contact_searches/leaders")
        materialize(instance, "contact_lists")
        materialize(instance, "answers/reputation", "answers/funding", partition="accounts")
        contact_answers = [f"contact_answers/{key}" for key in ("role", "is_buyer", "posts")]
        materialize(instance, *contact_answers, partition="leaders")
        materialize(instance, "contact_research")
        materialize(instance, "subscriptions/news")
        materialize(instance, "report")

    (found,) = here.query("SELECT count(*) FROM found_contacts WHERE is_current AND contact_profile_url IS NOT NULL")[0]
    assert found > 5
    filled = {
        "SELECT count(*) FROM accounts WHERE reputation IS NOT NULL AND funding.raised IS NOT NULL": 2,
        f"SELECT count(*) FROM questions.funding WHERE typeof(latest_round) = '{NESTED}'": 2,  # noqa: S608 - ours
        "SELECT count(*) FROM signals WHERE verification_mode = 'lenient'": 2,
        "SELECT count(*) FROM contacts WHERE lists = ['leaders'] AND role IS NOT NULL": found,
        "SELECT count(is_buyer) FROM contacts": found,
        "SELECT count(DISTINCT subject) FROM questions.posts": found,
        "SELECT count(*) FROM contact_research WHERE status = 'completed'": 2,
        "SELECT count(*) FROM subscription_signals JOIN signals USING (signal_id)": 2,
    }
    assert {query: here.query(query)[0][0] for query in filled} == filled
    assert (here.data / "report" / "index.html").stat().st_size > 10_000
    books = sandbox.books()
    assert books["unforced_repeats"] == books["repeated_pairs"] == 0
    assert books["contact_researches"] == 2
