"""Answer types: everything that differs from type to type stands in a type's record."""
