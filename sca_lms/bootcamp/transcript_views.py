"""Hand out transcripts of hours, and let anybody check one."""

import json
from collections.abc import Mapping

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.bootcamp import printing, transcripts, typeset, verification, words
from sca_lms.bootcamp.account_queries import HashStanding, account_of, programme_heading, standing_of_hash
from sca_lms.bootcamp.transcripts import Transcript
from sca_lms.bootcamp.verification import Findings, UnreadableTranscript
from sca_lms.config import settings
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.web.access import public
from sca_lms.web.exports import attachment, csv_file
from sca_lms.web.i18n import page_locale, supported_locale

bp = Blueprint("hours_transcripts", __name__, template_folder="templates")

LARGEST_TRANSCRIPT = 900 * 1024
"""A ledger of some 3,000 entries; what is larger was not made here."""
RAW_TYPES = frozenset({"application/json", "text/csv"})
PLACE = "/courses/<int:course_id>/hours/<int:enrolment_id>/transcript"


@bp.get(PLACE)
@allow(*STAFF, Role.LEARNER)
def page(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Show a transcript as a page to read or print; learners reach their own, and nobody else's exists."""
    made = _transcript(enrolment_id)
    return render_template(
        "bootcamp/transcript.html",
        transcript=made,
        course_id=course_id,
        own=not actor().has(*STAFF),
        kinds={kind.value: word for kind, word in words.KINDS.items()},
        verdict=printing.verdict(made),
        how_to_check=printing.how_to_check(made),
        what=printing.what,
        who=printing.who,
        head=printing.spaced(made.head_hash),
    )


@bp.get(f"{PLACE}.<any(pdf, csv, json):file_type>")
@allow(*STAFF, Role.LEARNER)
def download(course_id: int, enrolment_id: int, file_type: str) -> ResponseReturnValue:
    """Hand a transcript out as a file, in the reader's language or in the one that `lang` names."""
    made = _transcript(enrolment_id)
    locale = supported_locale(request.args.get("lang")) or page_locale()
    with force_locale(locale):
        name = f"{_('Transcript of hours')} {made.person}".strip()
        if file_type == "pdf":
            body = typeset.pdf(printing.TEMPLATE, printing.INPUT, printing.content(made))
            return attachment(body, "application/pdf", name, file_type)
        if file_type == "csv":
            body = csv_file(transcripts.COLUMNS, transcripts.table(made, locale))
            return attachment(body, "text/csv; charset=utf-8", name, file_type)
        body = json.dumps(transcripts.as_json(made), ensure_ascii=False, indent=1).encode()
        return attachment(body, "application/json", name, file_type)


@bp.route("/verify/hours", methods=["GET", "POST"])
@public
def verify() -> ResponseReturnValue:
    """Check a transcript that somebody brings: as a file, as pasted text, or as the body itself."""
    if request.method == "GET":
        return render_template("bootcamp/verify.html", findings=None, refusal=None)
    raw = request.mimetype in RAW_TYPES
    try:
        posted = verification.read(_posted_text(raw=raw))
    except UnreadableTranscript as refusal:
        if raw:
            return jsonify({"readable": False, "problem": str(refusal.message)}), 400
        return render_template("bootcamp/verify.html", findings=None, refusal=refusal), 400
    findings = verification.examine(posted)
    standing = standing_of_hash(posted.course_id, posted.enrolment_id, findings.head)
    if raw:
        return jsonify(_as_json(findings, standing))
    return render_template(
        "bootcamp/verify.html", findings=findings, standing=standing.value, refusal=None, posted=posted,
        head=printing.spaced(findings.head),
    )  # fmt: skip


def _transcript(enrolment_id: int) -> Transcript:
    if not actor().has(*STAFF) and enrolment_id != actor().enrolment_id:
        abort(404)
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    course = current_course()
    account = account_of(course, enrolment, at=clock.now()) or abort(404)
    checked_at = settings().public_url + url_for(".verify")
    return transcripts.transcript_of(account, course, programme_heading(course), checked_at=checked_at)


def _posted_text(*, raw: bool) -> str:
    """Return what was sent as text; raise `UnreadableTranscript` for what is too large or no text."""
    if (request.content_length or 0) > LARGEST_TRANSCRIPT:
        raise UnreadableTranscript(_l("This is too large to be a transcript."))
    if raw:
        body = request.get_data()
    else:
        file = request.files.get("file")
        body = file.read() if file is not None else b""
        body = body or request.form.get("text", "").encode(errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTranscript(_l("This file is no text in UTF-8.")) from error


def _as_json(findings: Findings, standing: HashStanding) -> Mapping[str, object]:
    broken = findings.broken
    return {
        "readable": True,
        "unbroken": findings.broken is None,
        "broken_at": broken.number if broken is not None else None,
        "head_as_stated": findings.head_as_stated,
        "head_hash": findings.head,
        "lines": findings.lines,
        "minutes": dict(findings.minutes),
        "total_minutes": findings.total,
        "stands_here": standing is not HashStanding.UNKNOWN,
        "newest_here": standing is HashStanding.HEAD,
    }
