"""Exit codes of commands, and errors as one sentence without a traceback."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from saber_pipeline.cli.json_output import look_for_json, print_failure
from saber_pipeline.cli.sentences import say
from saber_pipeline.foreign_text import plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

INTERRUPTS = {"KeyboardInterrupt", "DagsterExecutionInterruptedError"}
EXIT_CODES = """\b
Exit codes:
    0  done
    1  failed; the error says what happened, what it cost and what to do
    2  the command line has a mistake; nothing happened
    3  stopped for credits: the balance or a limit does not cover the cost
    4  the price was not confirmed: answer y, or add --yes
  130  interrupted (Ctrl-C, SIGTERM); nothing is lost, and the last line says how to continue"""


class Stopped(click.ClickException):
    """Ends the command with a sentence on stderr: it failed."""

    exit_code = 1
    said_before = "Error: "

    def show(self, file: IO[Any] | None = None) -> None:
        say(plain_lines(f"{self.said_before}{self.format_message()}"), file=file, err=file is None)


class StoppedForCredits(Stopped):
    """The balance, or the most that may be spent, does not cover it."""

    exit_code = 3


class NotConfirmed(Stopped):
    exit_code = 4
    said_before = ""


class Interrupted(Stopped):
    exit_code = 130  # 128 plus the number of SIGINT, as in shells
    said_before = ""


def stopped(sentence: str, *, is_about_credits: bool) -> Stopped:
    """``StoppedForCredits`` or ``Stopped``, whichever fits."""
    return StoppedForCredits(sentence) if is_about_credits else Stopped(sentence)


def _describe_failure(error: Exception) -> str | None:
    """One sentence for a failure of disk, SQLite, DuckDB or Dagster; None for other errors."""
    from saber_pipeline.storage_failures import KEPT, as_storage_error, last_cause

    if isinstance(error, click.ClickException | click.exceptions.Exit | BrokenPipeError):
        return None
    storage = as_storage_error(error)
    if storage is not None:
        return str(storage)
    if type(error).__module__.partition(".")[0] != "dagster":
        return None
    return (
        f"Dagster could not do this: {last_cause(error)}. {KEPT} Check the Dagster instance with `saber-pipeline "
        "doctor`, then run the command again."
    )


class Commands(click.Group):
    """The commands in the order of use; their errors end in ``Stopped``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of registration, not of the alphabet."""
        del ctx
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        look_for_json(ctx, args)
        with _failing_in_json(ctx):  # an option before the command's name
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with _failing_in_json(ctx):
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        from saber_pipeline.errors import PipelineError

        try:
            with _quiet_where_interrupts_are_lost(), _terminated_like_interrupted():
                return super().invoke(ctx)
        except PipelineError as error:
            raise stopped(str(error), is_about_credits=error.is_about_credits) from None
        except Exception as error:
            told = _describe_failure(error)
            if told is None:
                raise
            raise Stopped(told) from None
        except (KeyboardInterrupt, click.Abort):
            say(err=True)  # the line that shows ^C, or a question, ends here
            raise Interrupted("Interrupted. Nothing is lost; run the same command again to continue.") from None


@contextmanager
def _failing_in_json(ctx: click.Context) -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        print_failure(ctx, error)
        raise


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends a command like Ctrl-C: cleanly, and with the same message."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _quiet_where_interrupts_are_lost() -> Iterator[None]:
    """Python shows a traceback of a Ctrl-C that falls into a destructor, mostly the second of two: show none.

    While Dagster carries out a step, its own error stands for the signal; it is told by its name, because
    importing it takes a second.
    """
    report = sys.unraisablehook

    def report_others(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type.__name__ not in INTERRUPTS:
            report(unraisable)

    sys.unraisablehook = report_others
    try:
        yield
    finally:
        sys.unraisablehook = report
