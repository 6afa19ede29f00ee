"""Speed against other libraries. `python -m benchmarks.compare` runs it; see README.md."""
