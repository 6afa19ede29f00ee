"""The plain parser that specifies what is shown after a prefix, and the rule by which shown values grow."""
