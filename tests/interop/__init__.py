"""The tool against platform code that this project did not write."""
