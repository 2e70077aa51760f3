"""Tests of the formats of question banks."""
