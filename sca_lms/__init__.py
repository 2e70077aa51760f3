"""SCA LMS: an LTI 1.3 Advantage tool that runs bootcamp-style training programmes."""

__version__ = "0.1.0"
