"""The checks of ``saber-pipeline doctor``, one file for each subject."""
