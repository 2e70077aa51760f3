"""Pre-bootcamp modules: their units, what learners did there, and what is complete."""
