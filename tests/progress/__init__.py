"""Where everyone stands."""
