"""Tests of the bootcamp's hours."""
