"""Let an instructor choose what the host's course gets: everything at once, or single activities."""

from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from joserfc import jwt
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.lti import content_items, deep_linking, keys, messages
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.content_items import Chosen
from sca_lms.lti.deep_linking import CHOOSERS, AlreadyAnswered, PickerExpired
from sca_lms.lti.deep_linking_forms import Choice, Known, PickerForm
from sca_lms.lti.deep_linking_models import DeepLinkingRequest
from sca_lms.lti.launch import Arrival, origin_of
from sca_lms.lti.linkables import linkables_of
from sca_lms.lti.picker_settings import PickerSettings, read_settings
from sca_lms.lti.profiles import profile_named
from sca_lms.lti.vocabulary import MessageType
from sca_lms.web.error_pages import ERROR_CODE_HEADER

# In the host's dialogue there is one thing to do, and no way to wander off.
NO_TABS = ()

bp = Blueprint("lti_deep_linking", __name__, template_folder="templates")


@bp.record_once
def _take_messages(state: BlueprintSetupState) -> None:
    state.app.extensions.setdefault(messages.MESSAGES, {})[MessageType.DEEP_LINKING] = open_picker


def open_picker(arrival: Arrival) -> str:
    """Return the path of the page on which content is chosen; called when such a launch was let in."""
    opened = deep_linking.open_request(arrival, at=clock.now())
    return f"{messages.course_path(opened.course_id)}deep-linking/{opened.id}"


@bp.get("/courses/<int:course_id>/deep-linking/<int:request_id>")
@allow(*CHOOSERS)
def picker(course_id: int, request_id: int) -> ResponseReturnValue:
    """Show what the course offers; the page can be reloaded until it is answered."""
    found = deep_linking.find_request(actor(), request_id) or abort(404)
    if found.used_at is not None:
        return _over(AlreadyAnswered())
    if found.expires_at <= clock.now():
        return _over(PickerExpired())
    accepted = read_settings(found.settings)
    offered = linkables_of(course_id)
    known = deep_linking.known_before(found, offered)
    return _page(found, accepted, PickerForm(offered, accepted, known=known), known)


@bp.post("/courses/<int:course_id>/deep-linking/<int:request_id>")
@allow(*CHOOSERS)
def answer(course_id: int, request_id: int) -> ResponseReturnValue:
    """Send the host what was chosen, or that nothing was."""
    found = deep_linking.find_request(actor(), request_id) or abort(404)
    if found.used_at is not None:
        return _over(AlreadyAnswered(), status=409)
    accepted = read_settings(found.settings)
    offered = linkables_of(course_id)
    known = deep_linking.known_before(found, offered)
    form = PickerForm(offered, accepted, known=known, sent=request.form)
    choice: Choice | None = None
    if request.form.get("action") != "cancel":
        choice = form.read() if accepted.takes_links else None
        if choice is None:
            return _page(found, accepted, form, known, status=422)
    chosen = content_items.with_columns(choice.linkables, wanted=choice.columns) if choice else []
    try:
        with transaction():
            sentence = deep_linking.answer(found, chosen, at=clock.now())
    except (AlreadyAnswered, PickerExpired) as refusal:
        return _over(refusal, status=409)
    return _hand_over(found, accepted, chosen, choice, sentence)


def _page(
    found: DeepLinkingRequest, accepted: PickerSettings, form: PickerForm, known: Known, *, status: int = 200
) -> Response:
    page = render_template(
        "lti/deep_linking.html",
        found=found,
        accepted=accepted,
        form=form,
        known=known,
        course=current_course(),
        host=profile_named(found.platform.profile),
        tabs=NO_TABS,
    )
    return make_response(page, status)


def _over(refusal: Refused, *, status: int = 200) -> Response:
    """Say kindly that this picker is done with, as after the browser's Back."""
    page = render_template(
        "web/message.html", title=_("This selection is closed"), text=str(refusal), icon="check", tabs=NO_TABS
    )
    answer = make_response(page, status)
    if status != HTTPStatus.OK:
        answer.headers[ERROR_CODE_HEADER] = refusal.code
    return answer


def _hand_over(
    found: DeepLinkingRequest,
    accepted: PickerSettings,
    chosen: list[Chosen],
    choice: Choice | None,
    sentence: str,
) -> Response:
    """Make the page whose form carries the signed answer to the host, by itself or by its button."""
    at = clock.now()
    items = [
        content_items.content_item(
            each,
            addresses=ToolAddresses(settings().public_url),
            profile=profile_named(found.platform.profile),
            locale=current_course().default_locale,
            target=choice.target if choice else None,
        )
        for each in chosen
    ]
    claims = content_items.response_claims(
        items,
        accepted,
        issuer=found.platform.issuer,
        client_id=found.platform.client_id,
        deployment_id=found.deployment_id,
        message=sentence,
        at=at,
    )
    key = keys.signing_key(at=at)
    header = {"alg": keys.ALGORITHM, "kid": key.kid, "typ": "JWT"}
    token = jwt.encode(header, claims, key.key, algorithms=[keys.ALGORITHM])
    g.form_action_origins = [origin_of(accepted.return_url)]
    return make_response(
        render_template(
            "lti/deep_linking_sent.html", return_url=accepted.return_url, token=token, tabs=NO_TABS
        )
    )
