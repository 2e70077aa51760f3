"""Courses, people and who may do what."""
