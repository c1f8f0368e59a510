"""Answer types: everything that differs between types is in the type's record."""
