"""The gradebook: everybody's scores, what staff set by hand, weights and totals, and files both ways."""
