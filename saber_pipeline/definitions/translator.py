"""Keys, groups and metadata of the assets in Dagster. To change them, subclass ``SaberTranslator``."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True)
class SaberAsset:
    """An asset that a translator describes.

    Attributes:
        path: the documented name of the asset, such as ``("answers", "crm")`` or ``("domain_lists",)``.
        spec: the asset's spec without a translator, with the prefixes of ``build_definitions``. It holds only the key
            if only the key is needed, as for a dependency.
    """

    path: tuple[str, ...]
    spec: dg.AssetSpec


class SaberTranslator:
    """Gives each asset its key, group, owners, tags, kinds, description and metadata.

    To change them, override ``get_asset_spec`` and pass an instance to ``build_definitions(translator=…)``::

        class OurTranslator(SaberTranslator):
            def get_asset_spec(self, props: SaberAsset) -> dg.AssetSpec:
                spec = super().get_asset_spec(props)
                spec = spec.replace_attributes(key=spec.key.with_prefix("sales"), group_name="research")
                return spec.merge_attributes(metadata={"runbook": "https://wiki.example/saber"})
    """

    def get_asset_spec(self, props: SaberAsset) -> dg.AssetSpec:
        """Return the asset's spec. Make its key only from ``props.path`` and ``props.spec.key``; keep its ``deps``."""
        return props.spec
