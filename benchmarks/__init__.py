"""Measurements of the tool beside other ways to build one; docs/benchmarks.md has the figures."""
