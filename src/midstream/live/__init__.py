"""A value shown while it arrives, in a terminal or as plain lines, and broken JSON repaired. Imported by the command only."""
