"""What is kept about people, their rights to see, correct and erase it, and the audit log."""
