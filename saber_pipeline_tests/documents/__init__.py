"""What the documents say is so: their commands and queries are run."""
