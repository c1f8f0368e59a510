"""Settings, questions, API clients and Dagster names, for every asset, sensor and schedule."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.settings import Settings, load_settings
from saber_pipeline.definitions.asset_names import Names

if TYPE_CHECKING:
    from saber_pipeline.api.client import SaberClient
    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.ingest.source_declarations import Sources


@dataclass(frozen=True)
class SaberResource:
    """Settings are read again for every run, so a changed ``.env`` needs no restart. Holds no key itself.

    The definitions hold it themselves rather than as a resource of Dagster: two projects in one code location
    would fight for the resource's name. ``data_dir`` beats SABER_DATA_DIR.
    """

    data_dir: Path | None = None
    names: Names = field(default_factory=Names)

    def settings(self) -> Settings:
        """The settings as they are now."""
        settings = load_settings()
        return settings if self.data_dir is None else replace(settings, data_dir=self.data_dir)

    def questions(self) -> tuple[Question, ...]:
        """All questions as they are now."""
        from saber_pipeline.runs.configuration import configured_questions

        return configured_questions(DataPaths.of(self.settings())).questions

    def sources(self) -> Sources:
        """The current declarations of sources.yaml. Empty without such a file."""
        from saber_pipeline.ingest.sources_yaml import load_sources

        return load_sources(DataPaths.of(self.settings()).sources_file)

    def questions_about(self, kind: SubjectKind) -> tuple[Question, ...]:
        """The questions about a kind of subject as they are now: those of its job."""
        return tuple(question for question in self.questions() if question.about is kind.about)

    def new_client_for_sensor(self) -> SaberClient:
        """A client that tries once and gives up in seconds, for sensors. Raises SettingsError without a key."""
        from saber_pipeline.runs.clients import client_for_sensor

        return client_for_sensor(self.settings())

    def new_client(self) -> SaberClient:
        """A client for the configured API. Raises SettingsError where there is no key."""
        from saber_pipeline.runs.clients import client_for_run

        return client_for_run(self.settings())
