"""Imports from Saber that sources.yaml declares. Nothing here buys anything."""
