"""The resource behind every asset: settings, questions and the API, from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.settings import Settings, load_settings
from saber_pipeline.warehouse.paths import DataPaths

if TYPE_CHECKING:
    from saber_pipeline.api.client import SaberClient
    from saber_pipeline.questions.question import Question


class Saber(dg.ConfigurableResource[None]):
    """Read anew for every run, so that a changed ``.env`` needs no restart. Holds no key itself."""

    def settings(self) -> Settings:
        """The settings as they are now."""
        return load_settings()

    def questions(self) -> tuple[Question, ...]:
        """All questions as they are now."""
        from saber_pipeline.questions.catalog import load_questions

        return load_questions(DataPaths(self.settings().data_dir).questions_file).questions

    def company_questions(self) -> tuple[Question, ...]:
        """The questions about companies as they are now: those of the job ``refresh_answers``."""
        from saber_pipeline.questions.catalog import load_questions

        return load_questions(DataPaths(self.settings().data_dir).questions_file).company

    def new_impatient_client(self) -> SaberClient:
        """A client that tries once and gives up in seconds, for sensors. Raises SettingsError without a key."""
        from saber_pipeline.buying.clients import impatient_client

        return impatient_client(self.settings())

    def new_client(self) -> SaberClient:
        """A client for the configured API. Raises SettingsError where there is no key."""
        from saber_pipeline.buying.clients import patient_client

        return patient_client(self.settings())
