"""Call the grade services of a host: find, make, change and delete columns, send scores, read results.

Every call asks for the one scope it needs. What a host answers is checked before it is believed; the text of
an error is kept for understanding it and never becomes part of a message.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask_babel import lazy_gettext as _l

from sca_lms.lti import scopes
from sca_lms.lti.links import same_origin
from sca_lms.lti.outbound import Answer, Unreachable
from sca_lms.lti.profiles import profile_named
from sca_lms.lti.service_calls import ServiceCalls, decoded, text_of

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
# Media types stand alone: Moodle finds no handler for a list of them.

MOST_PAGES = 2_000

LARGEST_NUMBER = Decimal(100_000)
SMALLEST_EXPONENT = -10


@dataclass(frozen=True, slots=True)
class LineItem:
    """A column as the host shows it; texts are empty where the host says nothing."""

    url: str
    label: str
    score_maximum: Decimal | None
    resource_id: str
    tag: str
    resource_link_id: str


@dataclass(frozen=True, slots=True)
class LineItemDraft:
    """A column as we want it; putting a draft over a column clears what the draft leaves out."""

    label: str
    score_maximum: Decimal
    resource_id: str
    tag: str
    resource_link_id: str = ""

    def __post_init__(self) -> None:
        if not self.score_maximum.is_finite() or self.score_maximum <= 0:
            raise ValueError("the maximum of a column is above zero")

    def as_json(self) -> dict[str, object]:
        """Return the column as the service wants it."""
        described: dict[str, object] = {
            "label": self.label,
            "scoreMaximum": json_number(self.score_maximum),
            "resourceId": self.resource_id,
            "tag": self.tag,
        }
        return {**described, "resourceLinkId": self.resource_link_id} if self.resource_link_id else described


@dataclass(frozen=True, slots=True)
class ScoreMessage:
    """A finished score for one person; one that is not final would erase what the host has."""

    user_id: str
    given: Decimal
    maximum: Decimal
    timestamp: dt.datetime
    comment: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)
    """Members that one kind of host understands besides the standard's."""

    def __post_init__(self) -> None:
        if not self.given.is_finite() or self.given < 0 or not self.maximum.is_finite() or self.maximum <= 0:
            raise ValueError("a score is a finite number from 0 on, of a maximum above 0")
        if self.timestamp.tzinfo is None:
            raise ValueError("the time of a score needs its zone")
        if not self.user_id:
            raise ValueError("a score belongs to somebody")

    def as_json(self) -> dict[str, object]:
        """Return the score as the service wants it."""
        message: dict[str, object] = {
            **self.extras,
            "userId": self.user_id,
            "scoreGiven": json_number(self.given),
            "scoreMaximum": json_number(self.maximum),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": timestamp_text(self.timestamp),
        }
        return {**message, "comment": self.comment} if self.comment else message


@dataclass(frozen=True, slots=True)
class WithdrawnMessage:
    """Says that there is no score for one person now; a comment would make Moodle stamp its own clock."""

    user_id: str
    timestamp: dt.datetime
    extras: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the message as the service wants it: without a score, so that the host clears its own.

        https://www.imsglobal.org/spec/lti-ags/v2p0#scoregiven-and-scoremaximum
        """
        return {
            **self.extras,
            "userId": self.user_id,
            "activityProgress": "Initialized",
            "gradingProgress": "NotReady",
            "timestamp": timestamp_text(self.timestamp),
        }


@dataclass(frozen=True, slots=True)
class Result:
    """What a host's gradebook shows for one person; without a score the cell is empty."""

    user_id: str
    score: Decimal | None
    maximum: Decimal | None
    comment: str


def timestamp_text(moment: dt.datetime) -> str:
    """Write a time as hosts accept it: UTC, milliseconds, with its zone."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def below(url: str, name: str) -> str:
    """Return where `scores` or `results` of a column are: the path grows, the query stays to the letter."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}", fragment=""))


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return an address with parameters added behind those it has."""
    parts = urlsplit(url)
    added = urlencode(parameters)
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added, fragment=""))


def json_number(value: Decimal) -> int | float:
    """Return a number as JSON writes it; two decimals survive the way through a float to the letter."""
    return int(value) if value == value.to_integral_value() else float(value)


class GradeServices(ServiceCalls):
    """The grade services of one platform; see `ServiceCalls` for how they are called and what is raised."""

    def find_line_items(
        self, line_items_url: str, *, resource_id: str, tag: str, scope: str = scopes.LINE_ITEM_READ
    ) -> list[LineItem]:
        """Return the columns with this resource id and tag, in the host's order.

        The host is asked to filter and not trusted to have done so.
        """
        wanted = with_query(line_items_url, {"resource_id": resource_id, "tag": tag})
        found = (_line_item(each) for page in self._pages(wanted, LINE_ITEMS, scope) for each in page)
        return [
            item
            for item in found
            if item is not None
            and (item.resource_id, item.tag) == (resource_id, tag)
            and same_origin(item.url, line_items_url)
        ]

    def line_items_of_link(
        self, line_items_url: str, resource_link_id: str, *, scope: str = scopes.LINE_ITEM_READ
    ) -> list[LineItem]:
        """Return the columns that belong to a link; the host is not trusted to have filtered here either."""
        wanted = with_query(line_items_url, {"resource_link_id": resource_link_id})
        found = (_line_item(each) for page in self._pages(wanted, LINE_ITEMS, scope) for each in page)
        return [
            item
            for item in found
            if item is not None
            and item.resource_link_id == resource_link_id
            and same_origin(item.url, line_items_url)
        ]

    def line_item(self, url: str, *, scope: str = scopes.LINE_ITEM_READ) -> LineItem:
        """Return one column."""
        return self._as_line_item(self.call("GET", url, scope, accept=LINE_ITEM))

    def create_line_item(self, line_items_url: str, draft: LineItemDraft) -> LineItem:
        """Make a column; asking twice makes two, so look for it first."""
        answer = self._describe("POST", line_items_url, draft)
        made = self._as_line_item(answer)
        if not same_origin(made.url, line_items_url):
            raise Unreachable(_l("it makes a column that is on another host"))
        return made

    def replace_line_item(self, url: str, draft: LineItemDraft) -> LineItem:
        """Describe a column anew."""
        return self._as_line_item(self._describe("PUT", url, draft))

    def delete_line_item(self, url: str) -> None:
        """Delete a column with everything in it."""
        self.call("DELETE", url, scopes.LINE_ITEM)

    def send_score(
        self,
        line_item_url: str,
        score: ScoreMessage | WithdrawnMessage,
        *,
        over_by: dt.datetime | None = None,
    ) -> None:
        """Put a score into a column, or take it out; nothing of it is under way any more after `over_by`."""
        url = below(line_item_url, "scores")
        self.call("POST", url, scopes.SCORE, content_type=SCORE, body=score.as_json(), over_by=over_by)

    def result_of(self, line_item_url: str, user_id: str) -> Result | None:
        """Return what the column shows for one person, None for an empty cell."""
        wanted = below(line_item_url, "results")
        if profile_named(self._platform.profile).results_by_user:
            wanted = with_query(wanted, {"user_id": user_id})
        # Open edX ignores the filter, so everybody's results may come.
        return next((each for each in self._results(wanted) if each.user_id == user_id), None)

    def results(self, line_item_url: str) -> Iterator[Result]:
        """Yield what the column shows for everybody; no page size is asked for, since Moodle breaks on it."""
        return self._results(below(line_item_url, "results"))

    def _results(self, url: str) -> Iterator[Result]:
        for page in self._pages(url, RESULTS, scopes.RESULT):
            for each in page:
                result = _result(each)
                if result is not None:
                    yield result

    def _pages(self, url: str, accept: str, scope: str) -> Iterator[list[object]]:
        """Yield the pages of a list."""
        for page in self.documents(url, scope, accept=accept, most=MOST_PAGES):
            if not isinstance(page.content, list):
                raise Unreachable(_l("its answer is not a list"))
            yield page.content

    def _describe(self, method: str, url: str, draft: LineItemDraft) -> Answer:
        return self.call(
            method, url, scopes.LINE_ITEM, accept=LINE_ITEM, content_type=LINE_ITEM, body=draft.as_json()
        )

    def _as_line_item(self, answer: Answer) -> LineItem:
        item = _line_item(decoded(answer))
        if item is None:
            raise Unreachable(_l("its answer is not a column"))
        return item


def reading_scope(offered: Collection[str]) -> str | None:
    """Return with which scope columns can be looked at: the one for reading, or the one for changing."""
    return next((scope for scope in (scopes.LINE_ITEM_READ, scopes.LINE_ITEM) if scope in offered), None)


def _line_item(said: object) -> LineItem | None:
    if not isinstance(said, dict) or not isinstance(said.get("id"), str) or not said["id"]:
        return None
    return LineItem(
        url=said["id"],
        label=text_of(said.get("label")),
        score_maximum=_number(said.get("scoreMaximum")),
        resource_id=text_of(said.get("resourceId")),
        tag=text_of(said.get("tag")),
        resource_link_id=text_of(said.get("resourceLinkId")),
    )


def _result(said: object) -> Result | None:
    if not isinstance(said, dict) or not (user_id := text_of(said.get("userId"))):
        return None
    return Result(
        user_id,
        _number(said.get("resultScore")),
        _number(said.get("resultMaximum")),
        text_of(said.get("comment")),
    )


def _number(said: object) -> Decimal | None:
    """Return a finite number; Canvas writes the maximum of a copied column as text."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return None
    try:
        number = Decimal(said)
    except InvalidOperation:
        return None
    # A gradebook has no such numbers, and neither our arithmetic nor our tables have room for them.
    reasonable = number.is_finite() and abs(number) < LARGEST_NUMBER and number.adjusted() > SMALLEST_EXPONENT
    return number if reasonable or number == 0 else None
