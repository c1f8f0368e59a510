"""What ``saber-pipeline doctor`` looks at, one file for each subject."""
