"""The door: who is let in, who is not, and what is remembered of it."""
