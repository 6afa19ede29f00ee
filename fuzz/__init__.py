"""Coverage-guided fuzzing of the parser."""
