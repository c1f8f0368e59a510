"""What the assets are called and say in Dagster, for those who want it otherwise: subclass ``SaberTranslator``."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True)
class SaberAsset:
    """What a translator is asked about.

    Attributes:
        path: the asset's name in the documents, such as ``("answers", "crm")`` or ``("domain_lists",)``.
        spec: what it is without a translator, with the prefixes of ``build_definitions``. Where only its key is wanted,
            as for what depends on it, there is nothing else in it.
    """

    path: tuple[str, ...]
    spec: dg.AssetSpec


class SaberTranslator:
    """Gives each asset its key, group, owners, tags, kinds, description and metadata.

    To change them, override ``get_asset_spec`` and hand an instance to ``build_definitions(translator=…)``::

        class OurTranslator(SaberTranslator):
            def get_asset_spec(self, props: SaberAsset) -> dg.AssetSpec:
                spec = super().get_asset_spec(props)
                spec = spec.replace_attributes(key=spec.key.with_prefix("sales"), group_name="research")
                return spec.merge_attributes(metadata={"runbook": "https://wiki.example/saber"})
    """

    def get_asset_spec(self, props: SaberAsset) -> dg.AssetSpec:
        """The asset's spec. Its key depends on ``props.path`` and ``props.spec.key`` alone; its ``deps`` stay."""
        return props.spec
