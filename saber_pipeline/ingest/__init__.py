"""What sources.yaml declares, read from Saber. Nothing in here buys anything."""
