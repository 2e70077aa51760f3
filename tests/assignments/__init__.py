"""Assignments, rubrics, teams and extensions."""
