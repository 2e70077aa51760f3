"""The consumer's own addresses, where Open edX has them, and what its Studio would do for people."""

# mypy: disable-error-code="import-not-found"
# Django is in the hosts' own environment only.

from django.urls import include, path

from tests.interop.hosts.openedx import views

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls")),
    path("studio/blocks", views.add_block),
    path("studio/launches", views.begin_launch),
    path("studio/blocks/<int:block_id>", views.show_block),
]
