"""The user's configuration: settings, the key, the data directory, questions.yaml."""
