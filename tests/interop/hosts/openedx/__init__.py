"""Open edX's LTI consumer, with as much of an LMS around it as it asks for."""
