"""Assignments: what is handed in as text, files or a link, alone or as a team, and rubrics to mark it by."""
