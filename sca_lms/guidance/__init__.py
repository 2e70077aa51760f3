"""Who needs somebody, why, and what was done about it: snapshots, rules, interventions, reports."""
