"""Who is where and under which rules: courses, people, roles, sessions, and the programmes they follow."""
