"""Answer the calls of tools: keys, tokens, columns, scores, results and rosters."""

from flask import Blueprint, Response, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.demo import columns, grading, members, notices
from sca_lms.demo.bodies import Body, read_body
from sca_lms.demo.faults import Fault
from sca_lms.demo.lms import PretendLms, current_lms
from sca_lms.demo.paging import link_header, part_of
from sca_lms.demo.service_errors import Answer, ServiceRefusal, error_body
from sca_lms.demo.site import (
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_NOTICES,
    SCOPE_RESULT,
    SCOPE_ROSTER,
    SCOPE_SCORE,
    LineItem,
    SiteState,
    Tool,
)

bp = Blueprint("services", __name__, url_prefix="/lti")

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
KEYS_FRESH_SECONDS = 300
TOKEN_FORM = "application/x-www-form-urlencoded"  # noqa: S105 - a media type, not a secret.


@bp.before_request
def fail_on_purpose() -> ResponseReturnValue | None:
    """Answer with a planned fault; one that comes after the work waits for `lose_answer`."""
    fault = current_lms().faults.take((request.endpoint or "").rpartition(".")[2])
    if fault and fault.after:
        g.fault = fault
        return None
    return _broken(fault) if fault else None


@bp.after_request
def lose_answer(response: Response) -> Response:
    """Put a planned fault in the place of an answer whose work has been done."""
    fault = g.pop("fault", None)
    return _broken(fault) if isinstance(fault, Fault) else response


@bp.errorhandler(ServiceRefusal)
def refused(error: ServiceRefusal) -> ResponseReturnValue:
    """Send what the host's kind would send."""
    if request.endpoint == "services.token":
        return jsonify(error=str(error)), error.status
    if error.answer:
        return _sent(error.answer)
    return jsonify(error_body(current_lms().personality.errors, error)), error.status


@bp.get("/jwks.json")
def jwks() -> ResponseReturnValue:
    """Publish the platform's keys."""
    answer = jsonify(current_lms().keys.public())
    answer.cache_control.public = True
    answer.cache_control.max_age = KEYS_FRESH_SECONDS
    return answer


@bp.post("/token")
def token() -> ResponseReturnValue:
    """Give a service token."""
    if request.mimetype != TOKEN_FORM:
        raise ServiceRefusal(400, "invalid_request")
    lms = current_lms()
    answer = jsonify(lms.grant_token(request.form.to_dict()))
    answer.headers["Content-Type"] = lms.personality.tokens.answer_type
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.route("/services/<course_id>/lineitems", methods=["GET", "POST"])
def line_items(course_id: str) -> ResponseReturnValue:
    """List the tool's columns of a course, or make one."""
    lms = current_lms()
    if request.method == "GET":
        tool = _caller(lms, course_id, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ)
        _accepting(lms, LINE_ITEMS)
        return _listed(lms, course_id, tool)
    tool = _caller(lms, course_id, SCOPE_LINE_ITEM)
    body = _body(lms, LINE_ITEM)
    with lms.changing() as site:
        item = columns.create(site, course_id, tool, body, lms.personality.line_items)
        made = columns.described(item, tool, lms.addresses, body)
    return _json(made, LINE_ITEM, lms.personality.line_items.made_status)


@bp.route("/services/<course_id>/lineitems/<item_id>/lineitem", methods=["GET", "PUT", "DELETE"])
def line_item(course_id: str, item_id: str) -> ResponseReturnValue:
    """Show, replace or delete one column."""
    lms = current_lms()
    rules = lms.personality.line_items
    if request.method == "GET":
        tool = _caller(lms, course_id, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ)
        _accepting(lms, LINE_ITEM)
        with lms.reading() as site:
            return _json(
                columns.described(_found(site, course_id, item_id, tool), tool, lms.addresses), LINE_ITEM
            )
    tool = _caller(lms, course_id, SCOPE_LINE_ITEM)
    if request.method == "DELETE":
        with lms.changing() as site:
            columns.remove(site, _found(site, course_id, item_id, tool), rules)
        return "", rules.removed_status
    body = _body(lms, LINE_ITEM)
    with lms.changing() as site:
        item = _found(site, course_id, item_id, tool)
        columns.change(site, item, body, rules)
        return _json(columns.described(item, tool, lms.addresses, body), LINE_ITEM)


@bp.post("/services/<course_id>/lineitems/<item_id>/lineitem/scores")
def scores(course_id: str, item_id: str) -> ResponseReturnValue:
    """Take a score."""
    lms = current_lms()
    tool = _caller(lms, course_id, SCOPE_SCORE)
    body = _body(lms, SCORE)
    with lms.changing() as site:
        item = _found(site, course_id, item_id, tool)
        grading.take_score(site, item, body, lms.personality.scores, clock.now())
        said = grading.score_answer(
            item, body, tool=tool, personality=lms.personality, addresses=lms.addresses
        )
    status = lms.personality.scores.accepted_status
    return ("", status) if said is None else _json(said, SCORE, status)


@bp.get("/services/<course_id>/lineitems/<item_id>/lineitem/results")
@bp.get("/services/<course_id>/lineitems/<item_id>/lineitem/results/<user_id>")
def results(course_id: str, item_id: str, user_id: str = "") -> ResponseReturnValue:
    """Read the results of a column back."""
    lms = current_lms()
    rules = lms.personality.results
    tool = _caller(lms, course_id, SCOPE_RESULT)
    _accepting(lms, RESULTS)
    if user_id and not rules.by_path:
        raise ServiceRefusal(404, "Not found")
    if "limit" in request.args and rules.limit_crashes:
        # An upstream fault of Moodle: a page of results ends in an error page.
        raise ServiceRefusal(404, "Not found", answer=Answer(404, "<h1>Error</h1>", "text/html"))
    if rules.filters_by_user:
        user_id = user_id or request.args.get("user_id", "")
    with lms.reading() as site:
        item = _found(site, course_id, item_id, tool)
        shown = grading.results(
            item,
            user_id=user_id,
            tool=tool,
            personality=lms.personality,
            addresses=lms.addresses,
            members=site.courses[course_id].members,
        )
    if user_id and rules.filtered_is_no_list:
        # Sakai writes one object without its list, and nothing at all when it finds nobody.
        return _json(shown[0], RESULTS) if shown else Response(content_type=RESULTS)
    return _json(shown, RESULTS)


@bp.get("/services/CourseSection/<course_id>/bindings/<binding>/memberships")
def memberships(course_id: str, binding: str) -> ResponseReturnValue:
    """List the members of a course."""
    lms = current_lms()
    rules = lms.personality.roster
    tool = _caller(lms, course_id, SCOPE_ROSTER)
    _accepting(lms, MEMBERS)
    if binding not in tool.deployment_ids:
        raise ServiceRefusal(404, "No such binding")
    with lms.reading() as site:
        course = site.courses[course_id]
        answer = members.answer(
            site,
            course,
            tool,
            request.args.to_dict(),
            personality=lms.personality,
            address=lms.addresses.memberships(course, tool),
            memory=lms.rosters,
        )
    if answer.content is None:
        return Response(content_type=rules.media_type or MEMBERS)
    response = _json(answer.content, rules.media_type or MEMBERS)
    if answer.links:
        response.headers["Link"] = ", ".join(answer.links)
    return response


@bp.route("/notice-handlers/<deployment_id>", methods=["GET", "PUT"])
def notice_handlers(deployment_id: str) -> ResponseReturnValue:
    """Note where a tool wants which notices, or show that; an empty address ends it."""
    lms = current_lms()
    if not lms.personality.launch.notices:
        raise ServiceRefusal(404, "Not found")
    header = request.headers.get("Authorization", "")
    with lms.changing() as site:
        grant = lms.tokens.check(header, frozenset({SCOPE_NOTICES}), lms.personality.tokens, clock.now())
        tool = site.tools[grant.client_id]
        if deployment_id not in tool.deployment_ids:
            raise ServiceRefusal(404, "No such deployment")
        if request.method == "PUT":
            said = notices.set_handler(tool, read_body(request.get_data()))
            return jsonify(said)
        handlers = [{"notice_type": kind, "handler": url} for kind, url in tool.notice_handlers.items()]
    return jsonify(client_id=tool.client_id, deployment_id=deployment_id, notice_handlers=handlers)


def _listed(lms: PretendLms, course_id: str, tool: Tool) -> Response:
    rules, query = lms.personality.line_items, request.args.to_dict()
    with lms.reading() as site:
        own = [each for each in site.columns(course_id) if each.client_id == tool.client_id]
        part = part_of(columns.matching(own, query), query, page_size=rules.page_size)
        answer = _json([columns.described(each, tool, lms.addresses) for each in part.items], LINE_ITEMS)
    link = link_header(lms.addresses.line_items(course_id, tool), query, part, rules.link_style)
    if link:
        answer.headers["Link"] = link
    return answer


def _caller(lms: PretendLms, course_id: str, *scopes: str) -> Tool:
    """Return the tool that calls with one of these scopes; raises ServiceRefusal."""
    header = request.headers.get("Authorization", "")
    with lms.reading() as site:
        grant = lms.tokens.check(header, frozenset(scopes), lms.personality.tokens, clock.now())
        if course_id not in site.courses:
            raise ServiceRefusal(404, "No such course")
        tool = site.tools[grant.client_id]
    claimed = request.args.get("type_id")
    if claimed and claimed not in tool.deployment_ids:
        raise ServiceRefusal(403, "type_id is not that of the calling tool")
    return tool


def _found(site: SiteState, course_id: str, item_id: str, tool: Tool) -> LineItem:
    item = site.line_items.get(item_id)
    if item is None or item.course_id != course_id or item.client_id != tool.client_id:
        raise ServiceRefusal(404, "No such column")
    return item


def _accepting(lms: PretendLms, media_type: str) -> None:
    rules = lms.personality.media
    header = request.headers.get("Accept", "")
    if not rules.compared:
        return
    negotiated = not header or request.accept_mimetypes.quality(media_type) > 0
    if header != media_type if rules.exact_accept else not negotiated:
        raise ServiceRefusal(rules.refused_accept_status, f"No handler found for {header or 'no Accept'}")


def _body(lms: PretendLms, media_type: str) -> Body:
    if request.mimetype != media_type and lms.personality.media.compared:
        status = lms.personality.media.refused_body_status
        raise ServiceRefusal(status, f"No handler found for {request.mimetype or 'no Content-Type'}")
    return read_body(request.get_data())


def _json(document: object, media_type: str, status: int = 200) -> Response:
    answer = make_response(jsonify(document), status)
    answer.headers["Content-Type"] = media_type
    return answer


def _sent(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), content_type=answer.media_type)


def _broken(fault: Fault) -> Response:
    return Response(fault.body, fault.status, dict(fault.headers), content_type="text/plain")
