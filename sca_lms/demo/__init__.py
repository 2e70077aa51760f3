"""A pretend LMS, strict as a real LTI 1.3 Advantage platform, to try the tool on and to test it against."""
