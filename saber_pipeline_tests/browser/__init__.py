"""What a person sees, in a real browser: Dagster's pages about the project, and the report."""
