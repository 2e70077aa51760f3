"""The bootcamp's hours: what counts, who passes, what can still be reached, and the pages that show it."""
