"""Search the audit log: who changed what, when, and how it was before."""

import datetime as dt
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms.courses.access import actor, allow, operator_only
from sca_lms.courses.rules import Role
from sca_lms.privacy import queries
from sca_lms.privacy.audit_words import WORDS, as_text, differences, said
from sca_lms.privacy.forms import AuditFilterForm
from sca_lms.privacy.queries import AuditFilter
from sca_lms.web.exports import Cell, streamed_file
from sca_lms.web.formats import moment
from sca_lms.web.i18n import page_zone

bp = Blueprint("audit", __name__, template_folder="templates")

LONGEST_SEARCH = 100


@bp.context_processor
def _words() -> dict[str, object]:
    return {"said": said, "differences": differences}


@bp.get("/courses/<int:course_id>/audit")
@allow(Role.MANAGER)
def index(course_id: int) -> ResponseReturnValue:
    """Show what was changed in the course, the newest first."""
    return _page(course_id)


@bp.get("/courses/<int:course_id>/audit/log.<any(csv,xlsx):file_type>")
@allow(Role.MANAGER)
def download(course_id: int, file_type: str) -> ResponseReturnValue:
    """Hand out every line that the filters find as a file."""
    return _file(file_type, _filter(actor().course_id)[0])


@bp.get("/operator/audit")
@operator_only
def everywhere() -> ResponseReturnValue:
    """Show what was changed about hosts and the installation."""
    return _page(None)


@bp.get("/operator/audit/log.<any(csv,xlsx):file_type>")
@operator_only
def download_everywhere(file_type: str) -> ResponseReturnValue:
    """Hand out the lines about hosts and the installation as a file."""
    return _file(file_type, _filter(None)[0])


def _page(course_id: int | None) -> str:
    wanted, form = _filter(course_id)
    lines, has_more = queries.audit_page(wanted, older_than=_key(request.args.get("before", "")))
    kept = {name: value for name, value in request.args.items() if name != "before" and value}
    page, table = _places(course_id)
    older = None
    if has_more:
        last = lines[-1]
        older = _address(page, {**kept, "before": f"{last.at.isoformat()}~{last.id}"})
    return render_template(
        "privacy/audit.html",
        course_id=course_id,
        form=form,
        wanted=wanted,
        lines=lines,
        older=older,
        newest=_address(page, kept) if request.args.get("before") else None,
        files=[(_address(address, kept), kind.upper()) for kind, address in table.items()],
        verbs=sorted(WORDS, key=lambda verb: str(WORDS[verb])),
        is_filtered=bool(kept),
        here=page,
    )


def _places(course_id: int | None) -> tuple[str, Mapping[str, str]]:
    """Return the address of the log, and of its files by their type."""
    types = ("csv", "xlsx")
    if course_id is None:
        return url_for("audit.everywhere"), {
            kind: url_for("audit.download_everywhere", file_type=kind) for kind in types
        }
    return url_for("audit.index", course_id=course_id), {
        kind: url_for("audit.download", course_id=course_id, file_type=kind) for kind in types
    }


def _address(path: str, arguments: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(arguments)}" if arguments else path


def _filter(course_id: int | None) -> tuple[AuditFilter, AuditFilterForm]:
    """Read the filters of the address; a day that cannot be read says so and filters nothing."""
    given = request.args
    form = AuditFilterForm(given)
    form.validate()
    start, end = form.start.data, form.end.data
    return (
        AuditFilter(
            course_id,
            verb=given.get("verb", "")[:64],
            who=given.get("who", "").strip()[:LONGEST_SEARCH].replace("\x00", ""),
            subject=given.get("subject", "").strip()[:LONGEST_SEARCH].replace("\x00", ""),
            start=_midnight(start) if start else None,
            end=_midnight(end + dt.timedelta(days=1)) if end and end < dt.date.max else None,
        ),
        form,
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), page_zone()).astimezone(dt.UTC)


def _key(text: str) -> tuple[dt.datetime, int] | None:
    """Read below which line a page begins; whatever is no key means the first page."""
    moment_text, _between, number = text.partition("~")
    try:
        at = dt.datetime.fromisoformat(moment_text)
    except ValueError:
        return None
    if at.tzinfo is None or not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    try:
        return at.astimezone(dt.UTC), int(number)
    except OverflowError:
        return None


def _file(file_type: str, wanted: AuditFilter) -> ResponseReturnValue:
    header = [_("Day and time"), _("Who"), _("What"), _("Verb"), _("Subject"), _("What changed")]
    return streamed_file(file_type, _("Audit log"), header, _rows(wanted))


def _rows(wanted: AuditFilter) -> Iterator[list[Cell]]:
    for line in queries.audit_lines(wanted):
        who = line.person.full_name if line.person else _("Operator")
        yield [
            moment(line.at, "short"), who, str(said(line.verb)), line.verb, line.subject,
            as_text(differences(line.before, line.after)),
        ]  # fmt: skip
