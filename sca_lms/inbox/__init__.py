"""Notices to people: in their inbox on the page, and by e-mail where they want it."""
