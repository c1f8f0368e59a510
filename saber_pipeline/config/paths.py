"""The paths of everything under SABER_DATA_DIR."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.config.private_files import make_private_folder
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline.config.settings import Settings


@dataclass(frozen=True)
class DataPaths:
    """The files and folders of one data directory. Nothing here touches the disk."""

    data_dir: Path
    ledger_address: LedgerAddress | None = None
    store_address: StoreAddress | None = None

    @classmethod
    def of(cls, settings: Settings) -> DataPaths:
        return cls(settings.data_dir, settings.ledger_url, settings.store_url)

    @property
    def ledger(self) -> Path | LedgerAddress:
        """The place of the ledger: its file, unless a database holds it."""
        return self.ledger_address or self.ledger_file

    @property
    def questions_file(self) -> Path:
        return self.data_dir / "questions.yaml"

    @property
    def sources_file(self) -> Path:
        """Further imports from Saber: contact searches, subscriptions, company lists. Optional."""
        return self.data_dir / "sources.yaml"

    @property
    def lists_file(self) -> Path:
        """Rules for reading the files of lists: columns, separators, filters. Optional."""
        return self.data_dir / "lists.yaml"

    @property
    def truth(self) -> Path:
        """Folder of CSV files with facts about companies. Optional."""
        return self.data_dir / "truth"

    @property
    def reviews_file(self) -> Path:
        """Decisions of reviewers about answers. Optional."""
        return self.data_dir / "reviews.csv"

    @property
    def ledger_file(self) -> Path:
        """The SQLite file of the ledger, which is used unless a database holds the ledger."""
        return self.data_dir / "ledger" / "ledger.sqlite"

    @property
    def landing(self) -> Path:
        """The folder of everything landed. A rebuild needs only this folder and the ledger."""
        return self.data_dir / "landing"

    @property
    def landed_signals(self) -> Path:
        """Folder of landed signals, ``*.ndjson.zst``."""
        return self.landing / "signals"

    def landed_records(self, kind: str) -> Path:
        """Folder of landed objects of one kind other than signals, ``*.ndjson.zst``."""
        return self.landing / kind

    @property
    def known_templates_file(self) -> Path:
        """The last seen version of each template. It is below landing because it decides what questions mean."""
        return self.landing / "templates" / "known.json"

    def lists(self, kind: SubjectKind) -> Path:
        """Folder of the list files about this kind of subject, one file each."""
        return self.data_dir / kind.lists

    @property
    def research_lists(self) -> Path:
        """Folder of the research lists: people whom Saber researches, one file for each list."""
        return self.data_dir / "research_lists"

    def fetched_lists(self, kind: SubjectKind) -> Path:
        """Folder of lists that come from the API: company lists at Saber and results of contact searches."""
        return self.data_dir / "fetched_lists" / kind.lists

    def landed_lists(self, kind: SubjectKind) -> Path:
        """Folder of list snapshots: a list with ``.<table>.parquet``, ``.rejected.parquet`` and ``.rows.parquet``."""
        return self.landing / ("lists" if kind is COMPANIES else kind.lists)

    @property
    def warehouse_folder(self) -> Path:
        """Folder of the private warehouse."""
        return self.data_dir / "warehouse"

    @property
    def warehouse_file(self) -> Path:
        """The private warehouse that only the pipeline opens."""
        return self.warehouse_folder / "warehouse.duckdb"

    @property
    def warehouse_lock(self) -> Path:
        """The lock file of the program that has the private warehouse open."""
        return self.warehouse_folder / "warehouse.lock"

    @property
    def versions(self) -> Path:
        """Folder of published copies, ``<number>.duckdb``."""
        return self.data_dir / "versions"

    @property
    def exports(self) -> Path:
        """Folder of the users' files with the answers beside their rows."""
        return self.data_dir / "exports"

    @property
    def report_file(self) -> Path:
        return self.data_dir / "report" / "index.html"

    @property
    def answers_file(self) -> Path:
        """The file that analysts open: a symbolic link to the newest version."""
        return self.data_dir / "answers.duckdb"


def make_folder(folder: Path) -> None:
    """Create ``folder`` with its parents, for their owner alone. StorageError if that cannot be done."""
    try:
        make_private_folder(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error


def check_name(path: Path) -> None:
    """Check that DuckDB can keep a file at ``path``. StorageError if the name means something else to DuckDB.

    DuckDB cuts a name at ``?`` to find the log of a database, and takes a backslash for the end of a folder's name.
    """
    found = next((character for character in "?\\" if character in str(path.absolute())), None)
    if found is not None:
        raise StorageError(
            f"The path {path} holds {found}, so DuckDB cannot keep a database there. Nothing was spent. "
            "Rename the folder, or set SABER_DATA_DIR to another one."
        )


def check_writable(folder: Path) -> None:
    """Create ``folder`` and write to it, before anything is spent. StorageError if that cannot be done."""
    check_name(folder)
    make_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"room?")
    except OSError as error:
        raise cannot_write(folder, error) from error


def cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be written: {error.strerror or error}. Earlier answers are untouched. "
        "Make it writable for this user and free some space, or point SABER_DATA_DIR to another folder, "
        "then run again."
    )
