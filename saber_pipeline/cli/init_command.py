"""``saber-pipeline init``."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click

from saber_pipeline.cli.exit_codes import Stopped
from saber_pipeline.cli.sentences import say
from saber_pipeline.config.private_files import make_private_folder

EXAMPLE_HEADER = "# Settings. Copy this file to .env, which git ignores. Remove the # in front of each setting you use."
ENV_HEADER = "# Settings. Git ignores this file. Remove the # in front of each setting you use."


FOLDER = "@folder@"
"""The placeholder in templates for the project's folder."""

SCHEMAS = ("questions.json", "sources.json", "lists.json")
"""These files are generated, not copied."""


@dataclass(frozen=True)
class Starter:
    """A file of a new project: its path there, and the template it is made from."""

    path: str
    template: str
    mode: int = 0o644

    @property
    def is_data(self) -> bool:
        """Whether the file is in the data directory, which only its owner may read."""
        return self.path.startswith("data/")

    def text(self, folder: Path) -> str:
        if self.template in SCHEMAS:
            from saber_pipeline.ingest.editor_schemas import editor_schemas

            return editor_schemas()[self.template]
        text = (files("saber_pipeline.cli") / "starter" / self.template).read_text(encoding="utf-8")
        return text.replace(EXAMPLE_HEADER, ENV_HEADER).replace(FOLDER, shlex.quote(str(folder.resolve())))


LIST_FOLDERS = ("data/domain_lists", "data/contact_lists")
STARTERS = (
    Starter(".env", "env.example", mode=0o600),  # the file will hold the key
    Starter(".gitignore", "gitignore"),
    Starter("dagster.yaml", "dagster.yaml"),
    Starter("workspace.yaml", "workspace.yaml"),
    Starter("dg.toml", "dg.toml"),
    Starter("definitions.py", "definitions.py"),
    Starter("data/questions.yaml", "questions.yaml"),
    *(Starter(f"data/schemas/{name}", name) for name in SCHEMAS),
)
DISTRIBUTED = (
    Starter("dagster.yaml", "distributed/dagster.yaml"),
    Starter("services.env", "distributed/services.env", mode=0o600),  # the file will hold a password
    Starter("values.yaml", "distributed/values.yaml"),
)
"""The files that a project on several machines has in place of these, or in addition."""

SAMPLES = (
    Starter("data/domain_lists/sample_accounts.csv", "sample_accounts.csv"),
    Starter("data/contact_lists/sample_leads.csv", "sample_leads.csv"),
)


@click.command(short_help="Set up a project in a folder.")
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--with-samples", is_flag=True, help="Write two sample lists too. A run without list names includes them."
)
@click.option("--distributed", is_flag=True, help="For several machines: Dagster on Postgres, Celery or Kubernetes.")
def init(folder: Path, *, with_samples: bool, distributed: bool) -> None:
    """Set up a project in FOLDER (default: the current one): settings, questions, list folders, Dagster's files.

    Existing files are not changed. Also creates the Dagster instance once; with --distributed, the first command that
    reaches its database does. Asks and spends nothing.
    """
    written: list[str] = []
    left: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place in LIST_FOLDERS:
            make_private_folder(folder / place)
        for starter in _starters(with_samples=with_samples, distributed=distributed):
            (written if _write(folder / starter.path, starter, folder) else left).append(starter.path)
    except OSError as error:
        raise Stopped(f"{error.filename or folder} cannot be written: {error.strerror}. Nothing was spent.") from None
    if not distributed:
        _make_instance(folder)
    for path in written:
        say(f"wrote  {folder / path}")
    for path in left:
        say(f"left   {folder / path}, which exists already")
    there = "" if folder.resolve() == Path.cwd() else f"  cd {folder}\n"
    if distributed:
        _say_what_is_next(there, left)
        return
    say(
        f"\nNext:\n{there}"
        "  put your key into .env (SABER_API_KEY), your lists into data/domain_lists/ and data/contact_lists/,\n"
        "  and your questions into data/questions.yaml\n"
        "  saber-pipeline doctor\n"
        "  saber-pipeline plan\n"
        "  saber-pipeline run\n"
        "For questions about people, add --contacts.\n"
        'Dagster\'s pages: DAGSTER_HOME="$PWD" dagster dev. There, the asset domain_lists shows the first steps.\n'
        "Without a key: `saber-pipeline sandbox` in another terminal prints the two settings to put into .env."
    )


def _starters(*, with_samples: bool, distributed: bool) -> list[Starter]:
    """The files of the new project, one for each path."""
    chosen = (*STARTERS, *(SAMPLES if with_samples else ()), *(DISTRIBUTED if distributed else ()))
    return list({starter.path: starter for starter in chosen}.values())


def _say_what_is_next(there: str, left: list[str]) -> None:
    if "dagster.yaml" in left:
        say(
            "\nIf --distributed did not write dagster.yaml, it is for one machine: move it away and repeat this "
            "command. "
            "The history of runs stays in .dagster/; purchases and answers do not depend on it."
        )
    say(
        f"\nNext, on each machine:\n{there}"
        "  put the addresses of Postgres and redis into services.env, SABER_LEDGER_URL into .env\n"
        "  set -a; . ./services.env; set +a\n"
        "  saber-pipeline doctor\n"
        "  dagster-celery worker start -A dagster_celery.app -q dagster\n"
        "Once: dagster-daemon and dagster-webserver, as on one machine.\n"
        "With Kubernetes instead, values.yaml is for Dagster's Helm chart."
    )


def _write(path: Path, starter: Starter, folder: Path) -> bool:
    """Whether the file was written; an existing file is never replaced, even if it appears just now."""
    if starter.is_data:
        make_private_folder(path.parent)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if starter.is_data else starter.mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(starter.text(folder))
    return True


def _make_instance(folder: Path) -> None:
    """The instance's paths are relative to the folder that commands run in, so this one does too."""
    import contextlib

    from saber_pipeline.definitions.dagster_instance import current_instance

    with contextlib.chdir(folder), current_instance():
        pass
