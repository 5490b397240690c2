"""Five years of invented children for a demo: reproducible, of a plausible shape, and written by set."""
