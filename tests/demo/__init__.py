"""Tests of the pretend LMS."""
