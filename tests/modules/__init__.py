"""Modules: plans, evidence, completion, and the pages learners and instructors use."""
