"""The names of the project in Dagster: its own names, or the names of the deployment it is merged into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import dagster as dg

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import SubjectKind, kind_of
from saber_pipeline.definitions.translator import SaberAsset, SaberTranslator
from saber_pipeline.errors import SettingsError

_PART = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Names:
    """Makes asset keys, groups and other names from the project's own.

    ``key_prefix`` goes in front of every asset key. Joined by underscores it also goes in front of what has to be
    unique in a code location: jobs, sensors, schedules, ops and sets of partitions. ``group_prefix`` and an
    underscore go in front of every group. Without them the names are those of the documents. The translator has the
    last word about assets.
    """

    key_prefix: tuple[str, ...] = ()
    group_prefix: str = ""
    translator: SaberTranslator = SaberTranslator()  # noqa: RUF009 - one for all: it holds nothing
    _paths: dict[dg.AssetKey, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def prefixed(
        cls, key_prefix: str | Sequence[str] | None, group_prefix: str | None, translator: SaberTranslator | None = None
    ) -> Names:
        """From what users write: ``"crm"``, ``"sales/crm"`` or ``["sales", "crm"]``.

        Raises:
            SettingsError: a part has characters that Dagster's names cannot have.
        """
        parts = key_prefix.split("/") if isinstance(key_prefix, str) else (key_prefix or ())
        names = cls(
            tuple(part for part in parts if part), (group_prefix or "").rstrip("_"), translator or cls.translator
        )
        for part in (*names.key_prefix, *([names.group_prefix] if names.group_prefix else [])):
            if not _PART.fullmatch(part):
                raise SettingsError(
                    f"The prefix {part!r} cannot be used; nothing was spent. Allowed are letters, digits and "
                    "underscores; the parts of key_prefix are separated by a slash, or are a list."
                )
        return names

    def asset(self, *path: str) -> dg.AssetKey:
        """The key of the asset with this documented name."""
        bare = dg.AssetSpec(dg.AssetKey([*self.key_prefix, *path]))
        key = self.translator.get_asset_spec(SaberAsset(path, bare)).key
        self._paths[key] = path
        return key

    def translated(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        """The translator's spec of one of our assets.

        Raises:
            SettingsError: the translator gives it another key than it gave to those that depend on it.
        """
        path = self._paths[spec.key]
        own = spec.replace_attributes(key=dg.AssetKey([*self.key_prefix, *path]))
        told = self.translator.get_asset_spec(SaberAsset(path, own))
        if told.key != spec.key or list(told.deps) != list(spec.deps):
            raise SettingsError(
                f"The translator changes the key or deps of {'/'.join(path)} from one call to the next: first "
                f"{spec.key.to_user_string()}, then {told.key.to_user_string()}. Nothing was spent. Derive the key "
                "from props.path and props.spec.key only, and do not change the deps."
            )
        return told

    def answers(self, question: Question) -> dg.AssetKey:
        """The asset of a question."""
        return self.asset(kind_of(question.about).answers, question.key)

    def lists(self, kind: SubjectKind) -> dg.AssetKey:
        """The asset that reads the lists of a kind."""
        return self.asset(kind.lists)

    def group(self, name: str) -> str:
        """A group of assets."""
        return f"{self.group_prefix}_{name}" if self.group_prefix else name

    def unique(self, name: str) -> str:
        """A job, sensor, schedule, op or set of partitions."""
        return "_".join((*self.key_prefix, name))

    def partitions(self, kind: SubjectKind) -> dg.DynamicPartitionsDefinition:
        """The partitions of the answers about a kind of subject: its lists."""
        return dg.DynamicPartitionsDefinition(name=self.unique(kind.lists))
