"""Multi-reader multi-case analyses."""
