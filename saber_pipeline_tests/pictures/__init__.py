"""The pictures of README and ``docs/``, each made by a script from what is really there."""
