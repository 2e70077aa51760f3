"""The monthly Online Knowledge Updates: attendance, reflection, and what they count."""
