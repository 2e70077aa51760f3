"""Tests of pairs."""
