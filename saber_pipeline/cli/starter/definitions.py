"""What `dg` loads in this folder. Merge your own assets into it: `dg.Definitions.merge(defs(), ...)`."""

from saber_pipeline.definitions import defs

__all__ = ["defs"]
