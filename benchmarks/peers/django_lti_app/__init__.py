"""A tool on django-lti with SQLite, as its documentation describes it."""
