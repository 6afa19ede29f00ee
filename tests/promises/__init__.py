"""One file for each promise; the names of the tests carry its number."""
