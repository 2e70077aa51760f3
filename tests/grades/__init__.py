"""Tests of grades to the host."""
