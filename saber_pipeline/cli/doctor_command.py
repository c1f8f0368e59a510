"""``saber-pipeline doctor``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saber_pipeline.cli.json_output import print_json
from saber_pipeline.cli.sentences import fitted, say
from saber_pipeline.foreign_text import plain_lines

if TYPE_CHECKING:
    from saber_pipeline.cli.checks.finding import Finding
    from saber_pipeline.config.questions.catalog import Catalog


@click.command(short_help="Check everything a run needs, and suggest fixes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Check everything that a run needs, and suggest a fix for each problem.

    Checks key, API, credits, budgets, rate limit, lists, questions, data directory, ledger, warehouse, Dagster's
    instance and workers, disk and versions. Spends nothing, and shows only the ends of the key. Exit code 1 if there is
    a problem.
    """
    from saber_pipeline.cli.checks.finding import Verdict

    findings = list(_findings())
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    if as_json:
        print_json(
            {
                "problems": problems,
                "findings": [
                    {"subject": f.subject, "verdict": f.verdict, "found": f.found, "to_do": f.to_do or None}
                    for f in findings
                ],
            }
        )
    else:
        _print(findings, problems)
    if problems:
        context.exit(1)


def _findings() -> Iterator[Finding]:
    from saber_pipeline.cli.checks.api_check import check_api, check_linkedin, check_month
    from saber_pipeline.cli.checks.dagster_check import check_instance, check_workers
    from saber_pipeline.cli.checks.finding import looked_at, problem
    from saber_pipeline.cli.checks.inputs_check import check_lists, check_questions, check_told_files
    from saber_pipeline.cli.checks.machine_check import check_disk, check_dotenv, check_versions
    from saber_pipeline.cli.checks.storage_check import (
        check_data_dir,
        check_ledger,
        check_privacy,
        check_store,
        check_warehouse,
    )
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.errors import SettingsError
    from saber_pipeline.runs.configuration import configured_questions
    from saber_pipeline.runs.status import LedgerStatus, read_ledger_status

    folder = Path.cwd()
    yield check_versions()
    yield from looked_at(".env", lambda: check_dotenv(folder))
    try:
        settings = load_settings()
    except SettingsError as error:
        yield problem("settings", str(error), "Correct these settings; checks that depend on them were skipped.")
        yield from looked_at("instance", lambda: check_instance(folder))
        return
    paths = DataPaths.of(settings)

    @cache  # a look that fails is taken again: each check says what that means for it
    def questions() -> Catalog:
        return configured_questions(paths)

    @cache
    def ledger() -> LedgerStatus:
        try:
            asked = questions().questions
        except Exception:  # noqa: BLE001 - the check of the questions says what is wrong
            asked = ()
        return read_ledger_status(settings, asked)

    yield from looked_at("address", lambda: check_api(settings))
    yield from looked_at("LinkedIn", lambda: check_linkedin(settings))
    yield from looked_at("budget", lambda: check_month(ledger().month))
    yield from looked_at("questions", lambda: check_questions(paths, questions))
    yield from looked_at("lists", lambda: check_lists(paths, other_profiles=settings.other_profiles))
    yield from looked_at("truth and reviews", lambda: check_told_files(paths, questions))
    yield from looked_at("data directory", lambda: check_data_dir(settings))
    yield from looked_at("privacy", lambda: check_privacy(paths, folder))
    yield from looked_at("ledger", lambda: check_ledger(settings, ledger))
    if settings.store_url is not None:
        yield from looked_at("store", lambda: check_store(settings))
    yield from looked_at("warehouse", lambda: check_warehouse(paths))
    yield from looked_at("disk", lambda: check_disk(settings.data_dir))
    yield from looked_at("instance", lambda: check_instance(folder))
    yield from looked_at("workers", lambda: check_workers(folder))


def _print(findings: Sequence[Finding], problems: int) -> None:
    from saber_pipeline.cli.checks.finding import Verdict

    colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        verdict = f"{finding.verdict:<7}"
        indent = " " * (width + 11)
        first, *more = plain_lines(finding.found).split("\n")
        line = fitted(f"{verdict}  {finding.subject:<{width}}  {first}", sys.stdout, under=len(indent))
        click.echo(click.style(verdict, fg=colours[finding.verdict]) + line.removeprefix(verdict))
        for other in more:
            say(f"{indent}{other}")
        if finding.to_do:
            say(f"{indent}-> {finding.to_do}", under=3)
    warnings = sum(finding.verdict is Verdict.WARNING for finding in findings)
    say(f"\n{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}.")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
