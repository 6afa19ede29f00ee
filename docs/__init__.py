"""Pages that are written by running the parser."""
