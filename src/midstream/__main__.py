"""``python -m midstream``."""

from midstream.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
