"""Areas, agencies, and who works with whom: the ambassador–captain pairs and their history."""
