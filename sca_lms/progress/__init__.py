"""Where everyone stands: reads everything, changes nothing."""
