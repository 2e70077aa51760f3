"""Write a transcript in the reader's language, ready to be set as a PDF: every value is a finished text."""

from collections.abc import Mapping

from flask_babel import gettext as _

from sca_lms.attendance.models import EntryKind
from sca_lms.bootcamp import words
from sca_lms.bootcamp.transcripts import Transcript, TranscriptLine
from sca_lms.web import formats
from sca_lms.web.i18n import page_locale

TEMPLATE = "transcript.typ"
INPUT = "transcript"
HASH_GROUP = 8


def content(transcript: Transcript) -> Mapping[str, object]:
    """Return all texts of the PDF; the template lays them out and adds none."""
    standing = transcript.standing
    issued = formats.moment(transcript.issued_at, "short")
    return {
        "lang": page_locale(),
        "title": _("Transcript of hours"),
        "programme": formats.plain(transcript.programme) or transcript.course,
        "person": transcript.person,
        "about": [part for part in (transcript.area, transcript.course) if part],
        "total": formats.minutes(standing.total),
        "required": _("of %(hours)s", hours=formats.minutes(standing.rule.required_minutes)),
        "verdict": verdict(transcript),
        "pending": _("Pending %(time)s", time=formats.minutes(transcript.pending_minutes))
        if transcript.pending_minutes
        else "",
        "labels": {
            "areas": _("By area"),
            "area_columns": [
                _("Content area"), _("Credited"), _("Counted"), _("Asked for"), _("Floor to pass"),
            ],
            "entries": _("Entries of the ledger"),
            "entry_columns": [_("No."), _("Booked"), _("What"), _("Minutes"), _("By")],
            "check": _("How to check this transcript"),
            "head": _("Hash of the last entry"),
        },
        "areas": [
            [
                f"{each.code} {formats.plain(each.title)}", formats.minutes(each.credited),
                formats.minutes(each.counted), formats.minutes(each.required),
                formats.minutes(each.floor_minutes),
            ]
            for each in transcript.categories
        ],
        "entries": [_entry(line) for line in transcript.lines],
        "check": how_to_check(transcript),
        "head": spaced(transcript.head_hash),
        "footer": _("%(name)s · issued %(moment)s", name=transcript.person, moment=issued),
    }  # fmt: skip


def verdict(transcript: Transcript) -> str:
    """Say in a sentence whether the pass mark is reached, and what it is."""
    rule = transcript.standing.rule
    mark = formats.minutes(rule.pass_minutes)
    if transcript.standing.has_passed:
        return _("The pass mark of %(hours)s is reached, and enough of every area.", hours=mark)
    return _("The pass mark of %(hours)s, with enough of every area, is not reached yet.", hours=mark)


def how_to_check(transcript: Transcript) -> list[str]:
    """Say how anybody can find out that nothing was changed."""
    return [
        _(
            "Every entry carries a hash that covers it and the hash before it: nothing can be changed, "
            "left out or added without breaking the chain."
        ),
        _(
            "Download this transcript as JSON or CSV and give the file to %(address)s, or recompute it "
            "yourself as the documentation describes.",
            address=transcript.checked_at,
        ),
    ]


def spaced(digest: str) -> str:
    """Write a hash in groups, so that two can be compared by eye."""
    return " ".join(digest[start : start + HASH_GROUP] for start in range(0, len(digest), HASH_GROUP))


def who(line: TranscriptLine) -> str:
    """Name who made an entry: a role, never a person."""
    return words.role_words(line.role)


def what(line: TranscriptLine) -> str:
    """Name the session of an entry, or its area when it belongs to none."""
    return formats.plain(line.session_title if line.session_title is not None else line.category_title)


def _entry(line: TranscriptLine) -> Mapping[str, object]:
    entry = line.entry
    kind = words.KINDS[EntryKind(entry.kind)]
    more = [f"{entry.category} {entry.session}" if entry.session else entry.category, str(kind)]
    if line.session_starts_at is not None:
        more.append(formats.moment(line.session_starts_at, "short-day"))
    if entry.reverses is not None:
        more.append(_("reverses no. %(number)s", number=entry.reverses))
    more.append(words.source_words(entry.source))
    if entry.policy is not None:
        more.append(_("policy %(number)s", number=entry.policy))
    return {
        "number": str(entry.number),
        "when": formats.moment(entry.at, "short"),
        "what": what(line),
        "more": more,
        "reason": words.reason_words(entry.reason),
        "minutes": words.signed(entry.minutes),
        "who": who(line),
    }
