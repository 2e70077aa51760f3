"""Files that people hand in: checked by content, stored under random names, answered as attachments."""
