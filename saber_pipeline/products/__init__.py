"""The four things that are bought at Saber, a record for each."""
