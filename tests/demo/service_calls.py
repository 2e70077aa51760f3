"""Call the platform's services as a tool does, with the right media types unless told otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.test import TestResponse

from sca_lms.demo.lms import PretendLms
from sca_lms.demo.platform import lms_of
from sca_lms.demo.service_views import LINE_ITEM, LINE_ITEMS, MEMBERS, RESULTS, SCORE
from sca_lms.demo.site import ALL_SCOPES, LineItem
from tests.demo.counterpart import Tool
from tests.demo.site import COLUMN, COURSE, LEARNER

COLUMNS = f"/lti/services/{COURSE}/lineitems"
ROSTER = f"/lti/services/CourseSection/{COURSE}/bindings/1/memberships"


def column_path(column_id: str = COLUMN) -> str:
    """Return the path of one column."""
    return f"{COLUMNS}/{column_id}/lineitem"


def a_score(at: str, **changes: object) -> dict[str, object]:
    """Return the body of a full score for the learner; a None leaves a member out."""
    body: dict[str, object] = {
        "userId": LEARNER,
        "timestamp": at,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 84,
        "scoreMaximum": 168,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


@dataclass
class Caller:
    """A tool with a token for every scope."""

    app: Flask
    tool: Tool

    def __post_init__(self) -> None:
        self.lms: PretendLms = lms_of(self.app)
        self.client = self.app.test_client()
        self.bearer = self.tool.bearer(self.client, self.lms, *ALL_SCOPES)

    @property
    def column(self) -> LineItem:
        """Return the column that the site begins with."""
        return self.lms.state.line_items[COLUMN]

    def get(self, path: str, accept: str, query: Mapping[str, str] | None = None) -> TestResponse:
        """Read with an `Accept` header."""
        return self.client.get(path, headers={**self.bearer, "Accept": accept}, query_string=query)

    def columns(self, **query: str) -> TestResponse:
        """List columns; `from_` stands for `from`."""
        renamed = {name.rstrip("_"): value for name, value in query.items()}
        return self.get(COLUMNS, LINE_ITEMS, renamed)

    def make_column(self, body: object, media_type: str = LINE_ITEM) -> TestResponse:
        """Ask for a column."""
        return self.client.post(COLUMNS, json=body, headers=self.bearer, content_type=media_type)

    def put_column(self, body: object, column_id: str = COLUMN) -> TestResponse:
        """Replace a column."""
        path = column_path(column_id)
        return self.client.put(path, json=body, headers=self.bearer, content_type=LINE_ITEM)

    def delete_column(self, column_id: str = COLUMN) -> TestResponse:
        """Delete a column."""
        return self.client.delete(column_path(column_id), headers=self.bearer)

    def score(self, body: object, column_id: str = COLUMN, media_type: str = SCORE) -> TestResponse:
        """Send a score."""
        path = f"{column_path(column_id)}/scores"
        return self.client.post(path, json=body, headers=self.bearer, content_type=media_type)

    def results(self, column_id: str = COLUMN, below: str = "", **query: str) -> TestResponse:
        """Read results."""
        return self.get(f"{column_path(column_id)}/results{below}", RESULTS, query)

    def members(self, **query: str) -> TestResponse:
        """Read the roster; `from_` stands for `from`."""
        return self.get(ROSTER, MEMBERS, {name.rstrip("_"): value for name, value in query.items()})
