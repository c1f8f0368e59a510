"""Made-up answers that read like real ones."""
