"""The demo's workspace: ``data/sandbox`` and nothing else."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from saber_pipeline.cli import SANDBOX_KEY
from saber_pipeline.config.paths import DataPaths, cannot_write, make_folder
from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS, KINDS, SubjectKind
from saber_pipeline.errors import PipelineError
from saber_pipeline.ingest.editor_schemas import write_editor_schemas
from saber_pipeline.inputs.list_files import find_list_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HOST = "127.0.0.1"
USUAL_PORT = 8788

SAMPLES = {COMPANIES: ("sample_accounts.csv", "sample_prospects.csv"), CONTACTS: ("sample_leads.csv",)}
"""The lists of the demo. They come with the package: a clone has none that a first run would buy."""
STARTER = files("saber_pipeline.cli") / "starter"

# The demo's folder is Dagster's home, so storage and logs go there by themselves.
DAGSTER_YAML = """\
telemetry:
  enabled: false
run_retries:
  enabled: false
# No dialog before the first look at the pages.
nux:
  enabled: false
"""


class DemoError(PipelineError):
    """The demo cannot go on; the text says why and what to do."""


@dataclass(frozen=True)
class DemoWorkspace:
    """The demo's files below the project's ``root``."""

    root: Path

    @property
    def folder(self) -> Path:
        """The demo's SABER_DATA_DIR."""
        return self.root / "data" / "sandbox"

    @property
    def data(self) -> DataPaths:
        """The files below it that every data directory has."""
        return DataPaths(self.folder)

    @property
    def dagster_home(self) -> Path:
        """The demo's own Dagster instance, and the full output of its commands."""
        return self.folder / "dagster"

    @property
    def sandbox_state(self) -> Path:
        """The sandbox's state, which lasts from one demo to the next."""
        return self.folder / "sandbox.ndjson"

    @property
    def sandbox_pid_file(self) -> Path:
        """The process id of the sandbox, for whoever must stop one that was left behind."""
        return self.folder / "sandbox.pid"

    def display_path(self, path: Path) -> str:
        """``path`` as a person in the root types it."""
        return str(path.relative_to(self.root))

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Reserve the workspace. DemoError if another demo is running."""
        make_folder(self.folder)
        with (self.folder / "demo.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoError("Another `make demo` is running in this folder. Wait for it, or stop it.") from None
            yield

    def prepare(self) -> None:
        """Copy the samples that are not there yet, and set up the Dagster instance's folder.

        What is there stays: a person may have changed it to try something.
        """
        original = DataPaths(self.root / "data")
        for folder in (*(self.data.lists(kind) for kind in KINDS), self.dagster_home):
            make_folder(folder)
        try:
            if not self.data.questions_file.exists():
                shutil.copyfile(original.questions_file, self.data.questions_file)
            write_editor_schemas(self.data.data_dir)
            for kind in KINDS:
                if not any(self.data.lists(kind).iterdir()):
                    for name in SAMPLES[kind]:
                        (self.data.lists(kind) / name).write_bytes((STARTER / name).read_bytes())
            (self.dagster_home / "dagster.yaml").write_text(DAGSTER_YAML)
        except FileNotFoundError as error:
            raise DemoError(f"{error.filename} is missing. Start `make demo` in the project's root.") from None
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def list_names(self, kind: SubjectKind) -> list[str]:
        """The demo's lists of a kind, sorted as their partitions are. DemoError where there is none about companies."""
        names = sorted(find_list_files(self.data.lists(kind)))
        if not names and kind is COMPANIES:
            raise DemoError(
                f"There is no list in {self.display_path(self.data.lists(COMPANIES))}/. Put a CSV file there, or "
                f"delete {self.display_path(self.folder)}/ to start over."
            )
        return names

    @property
    def lists_are_read(self) -> bool:
        """Whether the lists are those of ``note_lists``, so that Dagster knows them."""
        return self._lists_note.exists() and self._lists_note.read_text() == self._lists_as_they_are()

    def note_lists(self) -> None:
        """Remember the lists as read."""
        self._lists_note.write_text(self._lists_as_they_are())

    @property
    def _lists_note(self) -> Path:
        return self.dagster_home / "lists_read"

    def _lists_as_they_are(self) -> str:
        files = sorted(file for kind in KINDS for file in find_list_files(self.data.lists(kind)).values())
        return "".join(f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}\n" for file in files)

    def port(self) -> int:
        """The sandbox's port. Always the same: a data directory belongs to one API address."""
        file = self.folder / "sandbox.port"
        if file.exists():
            port = int(file.read_text())
            if not _is_free(port):
                raise DemoError(self._port_is_taken(port))
            return port
        port = USUAL_PORT if _is_free(USUAL_PORT) else _any_free_port()
        file.write_text(f"{port}\n")
        return port

    def environment(self, base_url: str, outer: Mapping[str, str]) -> dict[str, str]:
        """The environment of the demo's commands: ``outer`` without its settings, and the demo's own.

        Neither your key nor your data directory gets in; .env is not read, as the commands start elsewhere.
        """
        kept = {name: value for name, value in outer.items() if not name.startswith(("SABER_", "DAGSTER_"))}
        return kept | {
            "SABER_API_KEY": SANDBOX_KEY,
            "SABER_BASE_URL": base_url,
            "SABER_DATA_DIR": str(self.folder),
            "SABER_COLLECT_LAG_SECONDS": "1",
            "DAGSTER_HOME": str(self.dagster_home),
            "NO_PROXY": HOST,
            "no_proxy": HOST,
            "PATH": f"{self.root / '.venv' / 'bin'}{os.pathsep}{outer.get('PATH', '')}",
        }

    def _port_is_taken(self, port: int) -> str:
        left = ""
        if self.sandbox_pid_file.exists():
            left = (
                f" It may be a sandbox left by a demo that was killed: see whether process "
                f"{self.sandbox_pid_file.read_text().strip()} is one, and stop it."
            )
        return (
            f"The demo's sandbox cannot start: another program uses port {port}, to which the data in "
            f"{self.display_path(self.folder)}/ belongs.{left} Stop that program, or delete "
            f"{self.display_path(self.folder)}/ to start over on another port."
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
