"""Put updates into the year, change, move and cancel them; their times and attendance are a session's."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.attendance import class_time, timetable
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.models import AttendanceSession, Category, Mode, Series, SessionState
from sca_lms.attendance.programme_section import SessionSpec
from sca_lms.attendance.rules import SessionTimes
from sca_lms.attendance.timetable import Particulars, Rearranged
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.errors import Refused, Text
from sca_lms.texts import Bilingual
from sca_lms.updates import queries
from sca_lms.updates.models import KnowledgeUpdate, UpdateFile, UpdateSpeaker
from sca_lms.updates.programme_section import UpdateSpec, read_updates
from sca_lms.uploads.models import StoredFile

CATEGORY = "_updates"
"""No code of a programme file begins like this, so it is nobody's."""
TITLE = Bilingual("กิจกรรมเติมความรู้รายเดือน", "Monthly knowledge updates")
UNBOUNDED_MINUTES = 1_000_000
EMPTY = Bilingual("", "")


class UpdateRefused(Refused):
    """An update cannot be changed as asked."""

    code = "update-refused"


class UpdateMoved(Refused):
    """Somebody else has changed the update since it was shown."""

    code = "update-changed"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks at an update."""

    name: Bilingual
    organisation: Bilingual


@dataclass(frozen=True, slots=True)
class About:
    """What staff decide about an update, its times apart."""

    title: Bilingual
    about: Bilingual
    partner: Bilingual
    dimensions: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    join_url: str
    recording_url: str
    reflection_due_at: dt.datetime | None


def apply_programme(course: Course, document: Mapping[str, object], *, at: dt.datetime) -> list[int]:
    """Make the updates of a course equal to a checked programme file; returns the numbers left alone.

    What somebody has changed here stays so, and one that the file leaves out is cancelled unless somebody
    was there. Doing it again changes nothing.
    """
    specs = read_updates(document)
    known = {each.number: each for each in queries.updates_of(course.id, drafts=True)}
    kept: list[int] = []
    if specs:
        category = _category(course)
        versions = attendance.policy_versions(course.id)
        for spec in specs:
            update = known.get(spec.number)
            if update is None:
                session = timetable.new_session(
                    course, _session_spec(spec), category.id, state=SessionState.OPEN, versions=versions
                )
                _add(course, spec.number, session, _about(spec), from_programme=True, published=True)
            elif update.from_programme:
                _follow(update, spec, at=at)
            else:
                kept.append(spec.number)
    for number in known.keys() - {spec.number for spec in specs}:
        left_out = known[number]
        is_open = left_out.session.state in {SessionState.OPEN, SessionState.DRAFT}
        if left_out.from_programme and is_open and not timetable.has_people(left_out.session):
            left_out.session.state = SessionState.CANCELLED
    if known or specs:
        timetable.changed(course.id)
        db.session.flush()
        class_time.follow(course.id, at=at)
    if kept:
        courses.record_audit(course, None, "keep-updates", "updates", at=at, after={"changed_here": [*kept]})
    return kept


def notes_of(kept: Sequence[int]) -> tuple[Text, ...]:
    """Say what people are to know about an import: which updates it left alone."""
    if not kept:
        return ()
    numbers = ", ".join(str(number) for number in kept)
    return (_l("These updates were changed here, so they stay as they are: %(numbers)s.", numbers=numbers),)


def add(
    course: Course, about: About, starts_at: dt.datetime, ends_at: dt.datetime, *, person_id: int | None,
    at: dt.datetime,
) -> KnowledgeUpdate:  # fmt: skip
    """Put another update into the year, as a draft that learners do not see."""
    number = queries.next_number(course)
    spec = UpdateSpec(number, about.title, starts_at, ends_at, "", EMPTY, about.join_url)
    category = _category(course)
    try:
        with db.session.begin_nested():
            session = timetable.new_session(
                course, _session_spec(spec), category.id, state=SessionState.DRAFT,
                versions=attendance.policy_versions(course.id),
            )  # fmt: skip
            made = _add(course, number, session, about, from_programme=False, published=False)
    except IntegrityError as error:
        raise UpdateMoved(_l("Somebody has just added an update. Send it again.")) from error
    courses.record_audit(course, person_id, "add-update", f"update {number}", at=at, after=_described(made))
    return made


def change(
    course: Course,
    update: KnowledgeUpdate,
    about: About,
    *,
    row_version: int,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Change what an update is about; the programme file no longer changes it then. Raises `UpdateMoved`."""
    _own(update, row_version)
    before = _described(update)
    _put(update, about)
    _arrange(
        update,
        Rearranged(
            update.session,
            update.session.times,
            replace(Particulars.of(update.session), title=about.title, join_url=about.join_url),
        ),
        reason="update", person_id=person_id, at=at,
    )  # fmt: skip
    courses.record_audit(
        course, person_id, "change-update", f"update {update.number}", at=at, before=before,
        after=_described(update),
    )  # fmt: skip


def move(
    course: Course, update: KnowledgeUpdate, starts_at: dt.datetime, ends_at: dt.datetime, *, reason: str,
    row_version: int, person_id: int | None, at: dt.datetime,
) -> None:  # fmt: skip
    """Give an update other times. Raises `UpdateMoved`; `ClassesClash` where appointments are in the way."""
    _own(update, row_version)
    if update.session.state not in {SessionState.OPEN, SessionState.DRAFT}:
        raise UpdateRefused(_l("An update that is over or cancelled cannot be moved."))
    before = {
        "starts_at": update.session.starts_at.isoformat(),
        "ends_at": update.session.ends_at.isoformat(),
    }
    _arrange(
        update,
        Rearranged(update.session, SessionTimes(starts_at, ends_at), Particulars.of(update.session)),
        reason=reason, person_id=person_id, at=at,
    )  # fmt: skip
    courses.record_audit(
        course, person_id, "move-update", f"update {update.number}", at=at, before={**before},
        after={"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "reason": reason},
    )  # fmt: skip


def cancel(
    course: Course,
    update: KnowledgeUpdate,
    *,
    reason: str,
    row_version: int,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Cancel an update: what it paid is reversed, and it counts for nobody and against nobody."""
    _own(update, row_version)
    if update.session.state is SessionState.CANCELLED:
        raise UpdateRefused(_l("This update is cancelled already."))
    timetable.cancel(update.session, reason=reason, person_id=person_id, at=at)
    courses.record_audit(
        course, person_id, "cancel-update", f"update {update.number}", at=at, after={"reason": reason}
    )
    courses.touch_everybody(course)


def publish(
    course: Course,
    update: KnowledgeUpdate,
    *,
    published: bool,
    row_version: int,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Show an update to learners, or hide one at which nobody has been. Raises `ClassesClash`."""
    _own(update, row_version)
    session = update.session
    if not published and (session.state is not SessionState.OPEN or timetable.has_people(session)):
        raise UpdateRefused(_l("People have been there already, or it is over: it cannot be hidden."))
    update.published = published
    if session.state is SessionState.DRAFT and published:
        session.state = SessionState.OPEN
    elif session.state is SessionState.OPEN and not published:
        session.state = SessionState.DRAFT
    timetable.changed(course.id)
    db.session.flush()
    class_time.occupy(course.id, [session], at=at)
    verb = "publish-update" if published else "hide-update"
    courses.record_audit(course, person_id, verb, f"update {update.number}", at=at)
    courses.touch_everybody(course)


def add_file(
    course: Course, update: KnowledgeUpdate, stored: StoredFile, title: Bilingual, *, person_id: int | None,
    at: dt.datetime,
) -> UpdateFile:  # fmt: skip
    """Put slides or a handout beside an update."""
    position = db.session.scalar(
        sa.select(sa.func.count()).select_from(UpdateFile).where(UpdateFile.update_id == update.id)
    )
    made = UpdateFile(update_id=update.id, position=position or 0, title=title, file=stored)
    db.session.add(made)
    courses.record_audit(
        course, person_id, "add-update-file", f"update {update.number}", at=at, after={"file": stored.name}
    )
    return made


def remove_file(
    course: Course, update: KnowledgeUpdate, file: UpdateFile, *, person_id: int | None, at: dt.datetime
) -> None:
    """Take a file away from an update."""
    courses.record_audit(
        course, person_id, "remove-update-file", f"update {update.number}", at=at,
        before={"file": file.file.name},
    )  # fmt: skip
    db.session.delete(file)


def _category(course: Course) -> Category:
    found = db.session.scalar(
        sa.select(Category).where(Category.course_id == course.id, Category.code == CATEGORY)
    )
    if found is None:
        found = Category(
            course_id=course.id, code=CATEGORY, position=0, title=TITLE, minutes=UNBOUNDED_MINUTES,
            cap_minutes=UNBOUNDED_MINUTES, floor_percent=Decimal(0), published=False, series=Series.UPDATES,
        )  # fmt: skip
        db.session.add(found)
        db.session.flush()
    return found


def _session_spec(spec: UpdateSpec) -> SessionSpec:
    return SessionSpec(
        f"{CATEGORY}-{spec.number}", CATEGORY, spec.title, SessionTimes(spec.starts_at, spec.ends_at),
        Mode.ONLINE, EMPTY, None, spec.join_url,
    )  # fmt: skip


def _about(spec: UpdateSpec) -> About:
    speakers = (Speaker(spec.speaker, EMPTY),) if spec.speaker else ()
    return About(spec.title, EMPTY, EMPTY, (spec.dimension,), speakers, spec.join_url, "", None)


def _add(
    course: Course,
    number: int,
    session: AttendanceSession,
    about: About,
    *,
    from_programme: bool,
    published: bool,
) -> KnowledgeUpdate:
    db.session.flush()
    update = KnowledgeUpdate(
        course_id=course.id, number=number, session=session, dimensions=list(about.dimensions),
        partner=about.partner, about=about.about, recording_url=about.recording_url,
        reflection_due_at=about.reflection_due_at, published=published, from_programme=from_programme,
        row_version=1,
    )  # fmt: skip
    db.session.add(update)
    db.session.flush()
    _put_speakers(update, about.speakers)
    return update


def _follow(update: KnowledgeUpdate, spec: UpdateSpec, *, at: dt.datetime) -> None:
    """Let an update that nobody has touched follow the file."""
    session = update.session
    if session.state is SessionState.CANCELLED:
        session.state = SessionState.OPEN
    if update.dimensions != [spec.dimension]:
        update.dimensions = [spec.dimension]
    if spec.speaker:
        _put_speakers(update, (Speaker(spec.speaker, EMPTY),))
    wanted = Rearranged(
        session,
        SessionTimes(spec.starts_at, spec.ends_at),
        replace(Particulars.of(session), title=spec.title, join_url=spec.join_url),
    )
    timetable.rearrange(update.course_id, [wanted], reason="programme", person_id=None, at=at, gives_way=True)


def _own(update: KnowledgeUpdate, row_version: int) -> None:
    """Take the update for a change of somebody who saw this version of it."""
    db.session.refresh(update, ["row_version"], with_for_update=True)
    if update.row_version != row_version:
        raise UpdateMoved(
            _l("Somebody has changed this update since you opened it. Look at it again before you save.")
        )
    db.session.refresh(update.session, ["state", "starts_at", "ends_at"])
    update.row_version += 1
    update.from_programme = False


def _put(update: KnowledgeUpdate, about: About) -> None:
    update.about, update.partner = about.about, about.partner
    update.dimensions, update.recording_url = list(about.dimensions), about.recording_url
    update.reflection_due_at = about.reflection_due_at
    _put_speakers(update, about.speakers)


def _put_speakers(update: KnowledgeUpdate, speakers: Sequence[Speaker]) -> None:
    db.session.execute(sa.delete(UpdateSpeaker).where(UpdateSpeaker.update_id == update.id))
    db.session.add_all(
        UpdateSpeaker(update_id=update.id, position=place, name=each.name, organisation=each.organisation)
        for place, each in enumerate(speakers)
    )


def _arrange(
    update: KnowledgeUpdate, wanted: Rearranged, *, reason: str, person_id: int | None, at: dt.datetime
) -> None:
    session = update.session
    if session.state is not SessionState.DRAFT:
        timetable.rearrange(update.course_id, [wanted], reason=reason, person_id=person_id, at=at)
        return
    # Nobody has seen a draft, so there is nothing to keep and nobody to make room for.
    wanted.particulars.put(session)
    session.starts_at, session.ends_at = wanted.times.starts_at, wanted.times.ends_at
    session.credit_minutes = timetable.worth(attendance.policy_versions(update.course_id), wanted.times)


def _described(update: KnowledgeUpdate) -> dict[str, object]:
    title = update.session.title
    return {
        "th": title.th, "en": title.en, "dimensions": list(update.dimensions),
        "partner_th": update.partner.th, "partner_en": update.partner.en,
        "join_url": update.session.join_url, "recording_url": update.recording_url,
    }  # fmt: skip
