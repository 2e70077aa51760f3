"""The addresses of the tool on django-lti."""

# mypy: disable-error-code="import-not-found"
# Django is in the environment of this peer only.

from django.urls import path
from lti_tool.views import OIDCLoginInitView

from benchmarks.peers.django_lti_app.views import Launch

urlpatterns = [
    path("login/<uuid:registration_uuid>", OIDCLoginInitView.as_view()),
    path("launch", Launch.as_view()),
]
