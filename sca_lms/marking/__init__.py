"""Marking: one queue of all that waits, marks that nobody overwrites, release with undo, and regrading."""
