"""Mentoring: free time, appointments, what both sides report, and what it counts."""
