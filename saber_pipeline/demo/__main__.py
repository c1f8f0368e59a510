"""``python -m saber_pipeline.demo``, started in the project's root."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS
from saber_pipeline.demo.demo_commands import materialize
from saber_pipeline.demo.demo_tables import show_answers, show_lists
from saber_pipeline.demo.demo_ui import show_pages
from saber_pipeline.demo.sandbox_process import running_sandbox
from saber_pipeline.demo.workspace import DemoError, DemoWorkspace
from saber_pipeline.report.report_file import write_report
from saber_pipeline.runs.configuration import configured_questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.demo.sandbox_process import SandboxProcess
    from saber_pipeline.report.report_file import Report

INTERRUPTED = 130


def main() -> int:
    """Run the demo. Returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace", line_buffering=True)  # a terminal without UTF-8; a pipe
    options = _options()
    for asked_to_end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked_to_end, _end)  # so that the sandbox ends with this process
    try:
        workspace = DemoWorkspace(Path.cwd())
        if options.ui:
            show_pages(workspace, options.port)
        else:
            _demo(workspace, shows_all=options.all)
    except DemoError as error:
        sys.stdout.flush()
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the sandbox is stopped. `make demo` continues where this one stopped.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m saber_pipeline.demo", description="Try it without a key.")
    parser.add_argument("--all", action="store_true", help="also show answers of every type, three hundred lines")
    parser.add_argument("--ui", action="store_true", help="open Dagster on the last demo's data, with the sandbox")
    parser.add_argument("--port", type=int, default=3000, help="of Dagster's pages (default: 3000)")
    return parser.parse_args()


def _demo(workspace: DemoWorkspace, *, shows_all: bool) -> None:
    began = monotonic()
    with workspace.reserved():
        workspace.prepare()
        print(
            "1. The sandbox: a stand-in for the Saber API, on this machine only, kept in "
            f"{workspace.display_path(workspace.folder)}/"
        )
        with running_sandbox(workspace) as sandbox:
            print(f"   {sandbox.base_url}; answers are made up, nothing is paid, your key is not read")
            before = sandbox.books()
            environment = workspace.environment(sandbox.base_url, os.environ)
            lists = {kind: workspace.list_names(kind) for kind in KINDS}
            named = ", ".join(name for names in lists.values() for name in names)
            if workspace.lists_are_read:
                print(f"\n2. The lists are those of the last demo: {named}")
            else:
                print(f"\n2. Read the lists of companies and of people: {named}")
                both = ",".join(kind.lists for kind in KINDS)
                materialize(workspace, environment, "lists", "--select", both)
                workspace.note_lists()
            show_lists(workspace.data)
            print("\n3. Ask the questions, one purchase for each kind of subject, and collect the answers")
            for kind, names in lists.items():
                _ask(workspace, environment, kind, names)
            _print_purchases(sandbox, before)
    print(f"\n4. Read the answers from {workspace.display_path(workspace.data.answers_file)}\n")
    show_answers(workspace.data, shows_all=shows_all)
    written = write_report(workspace.data)
    _print_next_steps(workspace, written, monotonic() - began)


def _ask(workspace: DemoWorkspace, environment: Mapping[str, str], kind: SubjectKind, names: Sequence[str]) -> None:
    if not names or not configured_questions(workspace.data).about(kind.about):
        return
    span = ("--partition", names[0]) if len(names) == 1 else ("--partition-range", f"{names[0]}...{names[-1]}")
    materialize(workspace, environment, kind.answers, "--select", f"group:{kind.answers}", *span)


def _print_purchases(sandbox: SandboxProcess, before: dict[str, int]) -> None:
    after = sandbox.books()
    bought = after["signals"] - before["signals"]
    spent = after["credits_charged_for_signals"] - before["credits_charged_for_signals"]
    earlier = f", {before['signals']:,} in earlier demos" if before["signals"] else ""
    print(
        f"   Bought now: {bought:,} signals for {spent:,} sandbox credits{earlier}. "
        f"Pairs bought twice: {after['unforced_repeats']:,}."
    )
    if not bought:
        print("   Every answer was there already, so nothing was bought.")


def _print_next_steps(workspace: DemoWorkspace, written: Report, seconds: float) -> None:
    answers = workspace.display_path(workspace.data.answers_file)
    lists = workspace.display_path(workspace.data.lists(COMPANIES))
    print(
        f"""Done in {seconds:.0f} seconds.

The report, one file for your browser: {workspace.display_path(written.path)}
Dagster on these data, sandbox included: make demo-ui
Answers of every type, here: make demo ARGS=--all
Open the answers with DuckDB 1.4 or later:
  .venv/bin/python
  >>> import duckdb
  >>> duckdb.connect("{answers}", read_only=True).sql("FROM accounts")
Try questions and lists for free: change {workspace.display_path(workspace.data.questions_file)}, or put a CSV file into
{lists}/ or contact_lists/, and run `make demo` again. It buys only what is new.
To start over, delete {workspace.display_path(workspace.folder)}/.
Your own companies: README.md, "The first real run". It needs a key for the Saber API."""
    )


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
