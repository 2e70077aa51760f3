"""Show a learner's hours: where they stand, every minute with its reason, and what can still be reached."""

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort
from werkzeug.routing import BuildError

from sca_lms import clock
from sca_lms.bootcamp import account_queries, words
from sca_lms.bootcamp.account import Account, Show
from sca_lms.bootcamp.overview import areas_of, figure_of
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.web.i18n import wall_time
from sca_lms.web.paging import page_number

bp = Blueprint("hours", __name__, template_folder="templates")

FILTERS: Mapping[str, Callable[..., str]] = {
    "strip_finding": words.finding,
    "strip_line": words.line_words,
    "strip_pin": words.pin_words,
    "strip_amount": words.amount,
    "strip_line_amount": words.line_amount,
    "signed_minutes": words.signed,
    "ledger_reason": words.reason_words,
    "ledger_source": words.source_words,
    "correction_words": words.correction_words,
}
for _name, _filter in FILTERS.items():
    bp.add_app_template_filter(_filter, _name)


@bp.get("/courses/<int:course_id>/hours")
@allow(Role.LEARNER)
def index(course_id: int) -> ResponseReturnValue:
    """Show learners their own hours."""
    enrolment = courses.own_enrolment(actor()) or abort(404)
    return _page(enrolment, own=True)


@bp.get("/courses/<int:course_id>/hours/<int:enrolment_id>")
@allow(*STAFF)
def person(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Show staff the hours of one learner, as the learner sees them."""
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    return _page(enrolment, own=False)


def _page(enrolment: Enrolment, *, own: bool) -> str:
    account = account_queries.account_of(current_course(), enrolment, at=clock.now())
    if account is None:
        return render_template("bootcamp/no_hours.html", enrolment=enrolment, own=own)
    show, category = _wanted_show(), _wanted_category(account)
    hours = account.hours
    return render_template(
        "bootcamp/hours.html",
        account=account,
        enrolment=enrolment,
        own=own,
        hours=hours,
        figure=figure_of(account.camp.categories, hours),
        areas=areas_of(account.camp.categories),
        pace=words.pace_words(hours, own=own),
        floor=words.floor_words(hours),
        asked=account_queries.asked(enrolment.id),
        page=account.days(show, category, page_number(request.args)),
        filters=_filters(account, show, category),
        category=category,
        category_address=lambda code: _address(show, code),
        who=lambda entry: words.role_words(account.role(entry)),
        find_page=find_page,
        today=wall_time(account.at).date(),
        kinds=words.KINDS,
        states=words.STATES,
    )


def find_page(endpoint: str, **values: str | int) -> str | None:
    """Return the address of a page that another part of the tool may bring; None when it does not."""
    try:
        return url_for(endpoint, **values)  # type: ignore[arg-type]  # Flask types its own options only.
    except BuildError:
        return None


def _wanted_show() -> Show:
    asked = request.args.get("show", "")
    return Show(asked) if asked in set(Show) else Show.ALL


def _wanted_category(account: Account) -> str:
    asked = request.args.get("category", "")
    return asked if asked in {each.code for each in account.camp.categories} else ""


def _address(show: Show, category: str) -> str:
    return url_for(
        request.endpoint or ".index",
        **(request.view_args or {}),
        show=None if show is Show.ALL else show.value,
        category=category or None,
    )


def _filters(account: Account, show: Show, category: str) -> Sequence[tuple[str, str, int, bool]]:
    """Return the filters with their counts; those that would show nothing are left out."""
    names = {
        Show.ALL: _("All"),
        Show.PART: _("Not the whole session"),
        Show.MISSED: _("Not there"),
        Show.PENDING: _("Pending"),
        Show.CORRECTED: _("Corrected"),
        Show.EXTRA: _("Made up or awarded"),
        Show.OPEN: _("Not closed yet"),
    }
    counted = [(each, name, account.count(each, category)) for each, name in names.items()]
    return [
        (_address(each, category), name, count, each is show)
        for each, name, count in counted
        if count or each in {Show.ALL, show}
    ]
