"""Make, change and list the columns of a gradebook as the host's kind does for tools."""

from collections.abc import Mapping
from decimal import Decimal

from sca_lms.demo.addresses import Addresses
from sca_lms.demo.bodies import Body, as_json, number, parameters, text
from sca_lms.demo.manners import LineItemRules
from sca_lms.demo.service_errors import Answer, ServiceRefusal
from sca_lms.demo.site import Activity, LineItem, SiteState, Tool
from sca_lms.texts import Bilingual

ECHOED = ("startDateTime", "endDateTime", "gradesReleased")
FILTERS: Mapping[str, str] = {
    "resource_link_id": "activity_id",
    "resource_id": "resource_id",
    "tag": "tag",
}


def create(state: SiteState, course_id: str, tool: Tool, body: Body, rules: LineItemRules) -> LineItem:
    """Make a column; asking twice makes two. Raises ServiceRefusal."""
    if not rules.creates:
        raise ServiceRefusal(403, "This host does not let tools make columns")
    item = LineItem(
        id=state.new_id(),
        course_id=course_id,
        client_id=tool.client_id,
        label="",
        maximum=Decimal(0),
    )
    _fill(state, item, body, rules)
    state.line_items[item.id] = item
    return item


def change(state: SiteState, item: LineItem, body: Body, rules: LineItemRules) -> None:
    """Replace a column's description; what is left out is cleared, a new maximum rescales its grades."""
    before = item.maximum
    _fill(state, item, body, rules)
    for grade in item.grades.values():
        if grade.score is not None and before and before != item.maximum:
            grade.score = grade.score * item.maximum / before
    activity = state.activities.get(item.activity_id)
    if rules.rename_reaches_activity and item.coupled and activity:
        activity.title = Bilingual.of(item.label)


def remove(state: SiteState, item: LineItem, rules: LineItemRules) -> None:
    """Delete a column and its grades; some hosts keep the columns of their own activities."""
    if item.coupled and not rules.deletes_coupled:
        raise ServiceRefusal(401, "The column belongs to an activity of the host")
    del state.line_items[item.id]


def matching(items: list[LineItem], query: Mapping[str, str]) -> list[LineItem]:
    """Return the columns that fit the filters of a request."""
    for parameter, name in FILTERS.items():
        if parameter in query:
            items = [item for item in items if getattr(item, name) == query[parameter]]
    return items


def described(
    item: LineItem, tool: Tool, addresses: Addresses, body: Body | None = None
) -> dict[str, object]:
    """Return a column as the service shows it; dates of the request are echoed and not kept."""
    shown: dict[str, object] = {
        "id": addresses.line_item(item, tool),
        "label": item.label,
        "scoreMaximum": as_json(item.maximum),
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.activity_id:
        shown["resourceLinkId"] = item.activity_id
        shown["ltiLinkId"] = item.activity_id
    if item.review_url:
        shown["submissionReview"] = {"url": item.review_url, "custom": dict(item.review_custom)}
    for name in ECHOED:
        if body and name in body:
            shown[name] = body[name]
    return shown


def _fill(state: SiteState, item: LineItem, body: Body, rules: LineItemRules) -> None:
    label = text(body, "label", required=True)
    maximum = _maximum(body, rules)
    resource_id, tag = text(body, "resourceId"), text(body, "tag")
    activity = _linked(state, item, text(body, "resourceLinkId"), rules)
    if rules.needs_identity and not resource_id and not activity:
        raise ServiceRefusal(400, "resourceId or resourceLinkId is required")
    if len(label) > rules.label_limit:
        # Moodle's own answer breaks here, and the web server before it reports a bad gateway.
        answer = Answer(rules.label_limit_status, "<h1>Bad answer</h1>", "text/html")
        raise ServiceRefusal(rules.label_limit_status, "The label is too long", answer=answer)
    item.label, item.maximum, item.resource_id, item.tag = label, maximum, resource_id, tag
    item.activity_id = activity.id if activity else ""
    review = body.get("submissionReview")
    if isinstance(review, Mapping):
        item.review_url, item.review_custom = str(review.get("url") or ""), parameters(review, "custom")


def _maximum(body: Body, rules: LineItemRules) -> Decimal:
    maximum = number(body, "scoreMaximum")
    if maximum is None or maximum <= 0:
        raise ServiceRefusal(400, "scoreMaximum is missing or not above zero")
    if rules.integer_maximum and maximum != maximum.to_integral_value():
        raise ServiceRefusal(400, "scoreMaximum: a valid integer is required")
    return maximum


def _linked(state: SiteState, item: LineItem, activity_id: str, rules: LineItemRules) -> Activity | None:
    if not activity_id:
        return None
    activity = state.activities.get(activity_id)
    if not activity or activity.course_id != item.course_id or activity.client_id != item.client_id:
        raise ServiceRefusal(rules.foreign_link_status, "resourceLinkId is not an activity of this tool")
    return activity
