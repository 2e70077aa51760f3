"""Tests are sentences about the programme."""
