"""Timetabled sessions, breaks, presence, check-in and the hours ledger."""
