"""A value shown while it arrives, in a terminal or as plain lines. Imported by the command only."""
