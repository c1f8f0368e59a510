"""Receiving webhooks: a small server that wakes the collector. It never buys anything."""
