"""Tests of the monthly updates."""
