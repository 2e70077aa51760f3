"""Whole stories, from the host's door to its gradebook and back."""
