"""The addresses of the host."""

# mypy: disable-error-code="import-not-found"
# Django is in the hosts' own environment only.

from django.urls import path

from tests.interop.hosts.lti1p3 import services, views

urlpatterns = [
    path("tools", views.add_tool),
    path("tools/<str:client_id>", views.show_tool),
    path("launches", views.begin_launch),
    path("<str:client_id>/auth", views.authenticate),
    path("<str:client_id>/jwks", views.key_set),
    path("<str:client_id>/token", views.token),
    path("<str:client_id>/picked", views.picked),
    path("<str:client_id>/items", services.line_items),
    path("<str:client_id>/items/<str:item_id>", services.line_item),
    path("<str:client_id>/items/<str:item_id>/scores", services.scores),
    path("<str:client_id>/items/<str:item_id>/results", services.results),
]
