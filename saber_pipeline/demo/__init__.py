"""``make demo``: the main job on sample lists against the bundled sandbox, wholly in ``data/sandbox``."""
