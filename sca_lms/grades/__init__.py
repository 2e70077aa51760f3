"""Keeps the gradebook of the host equal to ours."""
