"""What the user sets: settings, the key, the data directory, questions.yaml."""
