"""The settings of the Open edX host: what its LTI consumer needs of Django and nothing more."""

import os
from pathlib import Path

BASE_URL = os.environ["HOST_URL"]
DIRECTORY = Path(os.environ["HOST_DIRECTORY"])

SECRET_KEY = "a-key-of-a-host-that-lives-for-one-test-run"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "tests.interop.hosts.openedx.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "django_filters",
    "config_models",
    "lti_consumer",
    "tests.interop.hosts.openedx.apps.Lms",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "edx_django_utils.cache.middleware.RequestCacheMiddleware",
    "edx_django_utils.cache.middleware.TieredCacheMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DIRECTORY / "openedx.sqlite3",
        "OPTIONS": {"timeout": 20},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGGING_CONFIG = None

# What the LTI consumer reads of the platform's own settings.
LMS_ROOT_URL = LTI_BASE = LTI_API_BASE = BASE_URL
LEARNING_MICROFRONTEND_URL = BASE_URL
PLATFORM_NAME = "An Open edX of tests"
USAGE_ID_PATTERN = r"(?P<usage_id>[^/]+)"
