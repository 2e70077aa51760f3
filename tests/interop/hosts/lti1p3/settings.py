"""The settings of the host on lti1p3platform: Django only carries the requests."""

import os

BASE_URL = os.environ["HOST_URL"]

SECRET_KEY = "a-key-of-a-host-that-lives-for-one-test-run"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "tests.interop.hosts.lti1p3.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
# Nothing is stored there; Django only wants to have one.
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
LOGGING_CONFIG = None
