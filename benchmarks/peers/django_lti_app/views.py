"""The launch of the tool on django-lti."""

# mypy: disable-error-code="import-not-found", allow-subclassing-any
# Django is in the environment of this peer only.

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from lti_tool.views import LtiLaunchBaseView


class Launch(LtiLaunchBaseView):
    """Lets everybody in whose launch the library accepts."""

    def handle_resource_launch(self, request: HttpRequest, lti_launch: object) -> HttpResponse:
        """Lead to the first page."""
        return HttpResponseRedirect("/welcome")
