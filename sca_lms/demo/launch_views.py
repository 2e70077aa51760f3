"""Send people to the tool and answer it: login, authorization, picker's return, platform storage."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from sca_lms.demo.addresses import origin
from sca_lms.demo.deep_linking import AnswerRefused
from sca_lms.demo.keys import BadSignature
from sca_lms.demo.launches import Launch
from sca_lms.demo.lms import LaunchRefused, current_lms
from sca_lms.demo.oidc import AuthorizationPage
from sca_lms.demo.site import Message
from sca_lms.demo.visitor import find_visitor, language, page, submit_page, visitor

bp = Blueprint("launching", __name__)

REVIEW_ACTION = "gradeReport"


@bp.errorhandler(LaunchRefused)
def refused(error: LaunchRefused) -> ResponseReturnValue:
    """Show why the LMS itself opens nothing."""
    return page("message.html", status=403, title=_("This cannot be opened"), text=str(error), course_id="")


@bp.get("/activities/<activity_id>/launch")
def launch(activity_id: str) -> ResponseReturnValue:
    """Begin the login for an activity.

    As in Moodle nothing here asks whether somebody may review: whoever writes `action` and `user` into the
    address obtains a signed review message for another learner. The tool has to look at roles.
    """
    reviewing = request.args.get("action") == REVIEW_ACTION
    return _to_tool(
        current_lms().begin_launch(
            visitor().id,
            activity_id,
            message=Message.REVIEW if reviewing else Message.RESOURCE,
            review_of=request.args.get("user", "") if reviewing else "",
            locale=language(),
        )
    )


@bp.get("/courses/<course_id>/pick")
def pick(course_id: str) -> ResponseReturnValue:
    """Begin the login for the tool's picker."""
    return _to_tool(_without_activity(course_id, Message.DEEP_LINK))


@bp.get("/courses/<course_id>/privacy-launch")
def privacy(course_id: str) -> ResponseReturnValue:
    """Begin the login for the tool's page on personal data."""
    return _to_tool(_without_activity(course_id, Message.PRIVACY))


@bp.route("/lti/auth", methods=["GET", "POST"])
def auth() -> ResponseReturnValue:
    """Answer the tool's authorization request."""
    fields = request.values.to_dict()
    user = find_visitor()
    if user is None and not fields.get("repost"):
        # A page of another site sent the browser here without our cookie; our own page sends it once more.
        return submit_page("/lti/auth", {**fields, "repost": "1"}, title=_("One moment"))
    try:
        answer = current_lms().authorize(fields, user.id if user else None)
    except AuthorizationPage as error:
        text = str(error)
        return page("message.html", status=400, title=_("Invalid request"), text=text, course_id="")
    return submit_page(answer.redirect_uri, answer.fields, title=_("Opening the tool"))


@bp.post("/lti/deep-link-return")
def deep_link_return() -> ResponseReturnValue:
    """Take the picker's answer and show what was made of it."""
    user = find_visitor()
    token = request.form.get("JWT", "")
    launch_id = request.args.get("launch", "")
    if user is None and not request.form.get("repost"):
        address = f"/lti/deep-link-return?{urlencode({'launch': launch_id})}"
        return submit_page(address, {"JWT": token, "repost": "1"}, title=_("One moment"))
    try:
        course_id, made, message, error = current_lms().picked(launch_id, visitor().id, token)
    except (AnswerRefused, BadSignature) as fault:
        title = _("The tool's answer was refused")
        return page("message.html", status=400, title=title, text=str(fault), course_id="")
    with current_lms().reading() as site:
        items = [(each, site.columns_of(each.id)) for each in made]
    return page("picked.html", items=items, message=message, error=error, course_id=course_id)


@bp.get("/lti/storage")
def storage() -> ResponseReturnValue:
    """Serve the frame that keeps data for tools whose cookies are blocked."""
    lms = current_lms()
    if not lms.personality.launch.storage_frame:
        raise NotFound
    with lms.reading() as site:
        origins = {origin(uri) for tool in site.tools.values() for uri in tool.redirect_uris}
    return page("storage.html", origins=sorted(origins), frame=lms.personality.launch.storage_frame)


def _without_activity(course_id: str, message: Message) -> Launch:
    client_id = request.args.get("tool", "")
    return current_lms().begin_launch(
        visitor().id, course_id=course_id, client_id=client_id, message=message, locale=language()
    )


def _to_tool(begun: Launch) -> ResponseReturnValue:
    lms = current_lms()
    with lms.reading() as site:
        address = site.tools[begun.client_id].initiate_login_uri
    fields = lms.login_fields(begun)
    if lms.personality.launch.login_by_post:
        return submit_page(address, fields, title=_("Opening the tool"))
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(fields))))
    return redirect(urlunsplit(parts._replace(query=query)), 302)
