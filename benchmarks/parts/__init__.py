"""The parts of the suite. Each returns its targets and what it measured."""
