"""The grade services: the library reads the requests and answers them, this module only keeps."""

# mypy: disable-error-code="import-not-found,untyped-decorator", allow-subclassing-any
# Django and the library are in the hosts' own environment only.

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from lti1p3platform.exceptions import LineItemNotFoundException
from lti1p3platform.framework.django.request import DjangoRequest
from lti1p3platform.framework.django.response import wrap_json_resp
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService

from tests.interop.hosts.lti1p3 import site
from tests.interop.hosts.lti1p3.site import Members

PAGE = 2
"""Columns on a page, so that a few make a list of several pages."""


class Grades(AssignmentsGradesService):
    """The library's service over what the host keeps."""

    tool: site.Tool

    def find_lineitems(self, page: int = 1, **filters: str) -> Members:
        """Return one page of the columns that fit."""
        names = {"resource_id": "resourceId", "tag": "tag", "resource_link_id": "resourceLinkId"}
        fitting = [
            column.members
            for column in self.tool.columns.values()
            if all(column.members.get(names[name]) == value for name, value in filters.items())
        ]
        first = (int(page) - 1) * PAGE
        return {"content": fitting[first : first + PAGE], "has_next": len(fitting) > first + PAGE}

    def find_lineitem(self, line_item_id: str) -> Members:
        """Return a column."""
        return self._column(line_item_id).members

    def create_lineitem(self, creation_data: Members) -> Members:
        """Make a column."""
        item_id = str(next(site.serial))
        self.tool.columns[item_id] = site.Column({**creation_data, "id": f"{self.tool.items_url}/{item_id}"})
        return self.tool.columns[item_id].members

    def update_lineitem(self, update_data: Members) -> Members:
        """Describe a column anew."""
        column = self._column(str(update_data["id"]))
        column.members = {**update_data, "id": column.members["id"]}
        return column.members

    def delete_lineitem(self, line_item_id: str) -> None:
        """Delete a column with its scores."""
        self._column(line_item_id)
        del self.tool.columns[line_item_id]

    def update_score(self, line_item_id: str, score: Members) -> UpdateScoreStatus:
        """Take a score over unless it is not newer than the last one."""
        column, user = self._column(line_item_id), str(score["userId"])
        at = dt.datetime.fromisoformat(str(score["timestamp"]))
        before = column.scores.get(user)
        if before is not None and before.at >= at:
            return UpdateScoreStatus.OLD_TIMESTAMP
        column.scores[user] = site.Score(at, score)
        return UpdateScoreStatus.SUCCESS if before else UpdateScoreStatus.CREATED

    def get_results(self, line_item_id: str, user_id: str | None = None, **_paging: str) -> Members:
        """Return the results of a column, or those of one person."""
        column = self._column(line_item_id)
        found = [
            {
                "id": f"{column.members['id']}/results/{user}",
                "scoreOf": column.members["id"],
                "userId": user,
                "resultScore": score.members["scoreGiven"],
                "resultMaximum": score.members["scoreMaximum"],
                "comment": score.members.get("comment"),
            }
            for user, score in column.scores.items()
            if user_id in {None, user}
        ]
        return {"content": found, "has_next": False}

    def _column(self, item_id: str) -> site.Column:
        try:
            return self.tool.columns[item_id]
        except KeyError as error:
            raise LineItemNotFoundException from error


@csrf_exempt
def line_items(request: HttpRequest, client_id: str) -> HttpResponse:
    """List or make columns."""
    service = _service(request, client_id)
    handler = service.handle_create_lineitem if request.method == "POST" else service.handle_get_lineitems
    return wrap_json_resp(service.handle_resp(handler))


@csrf_exempt
def line_item(request: HttpRequest, client_id: str, item_id: str) -> HttpResponse:
    """Show, change or delete a column."""
    service = _service(request, client_id)
    handlers = {"PUT": service.handle_update_lineitem, "DELETE": service.handle_delete_lineitem}
    handler = handlers.get(str(request.method), service.handle_get_lineitem)
    return wrap_json_resp(service.handle_resp(handler, line_item_id=item_id))


@csrf_exempt
def scores(request: HttpRequest, client_id: str, item_id: str) -> HttpResponse:
    """Take a score."""
    service = _service(request, client_id)
    return wrap_json_resp(service.handle_resp(service.handle_update_score, line_item_id=item_id))


def results(request: HttpRequest, client_id: str, item_id: str) -> HttpResponse:
    """Show results."""
    service = _service(request, client_id)
    return wrap_json_resp(service.handle_resp(service.handle_get_results, line_item_id=item_id))


def _service(request: HttpRequest, client_id: str) -> Grades:
    tool = site.tools[client_id]
    service = Grades(
        DjangoRequest(request), site.platform_of(client_id), tool.items_url, None, tool.makes_columns
    )
    service.tool = tool
    return service
