"""Put the LMS behind the consumer when Django starts."""

# mypy: disable-error-code="import-not-found", allow-subclassing-any
# Django is in the hosts' own environment only.

from django.apps import AppConfig

from tests.interop.hosts.openedx import lms


class Lms(AppConfig):
    """The platform around the LTI consumer."""

    name = "tests.interop.hosts.openedx"
    label = "lms_of_tests"

    def ready(self) -> None:
        """Answer what the consumer asks of the platform."""
        lms.install()
