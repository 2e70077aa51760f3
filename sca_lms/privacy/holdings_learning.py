"""What the tables of modules, quizzes, assignments, mentoring and updates hold of people."""

from flask_babel import lazy_gettext as _l

from sca_lms.privacy.holdings import ERASED, Erase, Holding

TEAM = "team_id=assignment_team_member:team_id.enrolment_id"
CAPTAINS = "pair_id=captaincy:pair_id.captain_id"
LEARNER = "pair_id.ambassador_id"

HOLDINGS = (
    # modules
    Holding("module"),
    Holding("module_unit"),
    Holding("module_version", by=("published_by_id",)),
    Holding("module_draft", by=("changed_by_id",)),
    Holding("module_file"),
    Holding(
        "module_extension", "more-time", ("enrolment_id",), by=("set_by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED},
    ),
    Holding(
        "unit_evidence", "learning", ("enrolment_id",), by=("recorded_by_id",), erase=Erase.BLANK,
        wash=("value",), hidden=("key",), moment="at",
    ),
    Holding(
        "discussion_post", "discussion", ("enrolment_id",), by=("hidden_by_id",), erase=Erase.BLANK,
        blank={"body": ERASED, "hidden_reason": ERASED}, hidden=("key",), moment="written_at",
    ),
    # assessments
    Holding("quiz"),
    Holding("quiz_slot"),
    Holding("question"),
    Holding("question_category"),
    Holding("question_attachment"),
    Holding("question_import", by=("person_id",)),
    Holding("question_version", by=("created_by_id",)),
    Holding(
        "accommodation", "more-time", ("enrolment_id",), by=("set_by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED},
    ),
    Holding(
        "quiz_extension", "more-time", ("enrolment_id",), by=("set_by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED},
    ),
    Holding(
        "quiz_attempt", "quizzes", ("enrolment_id",), erase=Erase.BLANK, blank={"void_reason": ERASED},
        hidden=("seed",), moment="started_at",
    ),
    # The points of single answers would tell right ones while others still answer.
    Holding(
        "quiz_response", "quizzes", ("attempt_id.enrolment_id",), erase=Erase.BLANK, wash=("answer",),
        hidden=("score",), moment="saved_at",
    ),
    # Sums that name nobody; what somebody typed may be among the answers that are counted.
    Holding(
        "quiz_figures", "quizzes", ("quiz_id=quiz_attempt:quiz_id.enrolment_id",), erase=Erase.DELETE,
        exported=False,
    ),
    # assignments
    Holding("assignment", stays=("endings",)),
    Holding("assignment_team"),
    Holding("rubric"),
    Holding("rubric_version", by=("created_by_id",)),
    Holding(
        "assignment_extension", "more-time", ("enrolment_id",), by=("set_by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED},
    ),
    Holding("assignment_team_member", "work", ("enrolment_id",)),
    # What a team wrote together is the others' as well and stays.
    Holding(
        "assignment_work", "work", ("enrolment_id", TEAM), alone=("enrolment_id",), erase=Erase.BLANK,
        blank={"draft_text": ERASED, "draft_link": ""}, moment="last_submitted_at",
    ),
    Holding(
        "assignment_submission", "work", ("work_id.enrolment_id", f"work_id.{TEAM}"), by=("submitted_by_id",),
        alone=("work_id.enrolment_id",), erase=Erase.BLANK, blank={"text": ERASED, "link": ""},
    ),
    Holding(
        "assignment_file", "work",
        (
            "work_id.enrolment_id", f"work_id.{TEAM}",
            "submission_id.work_id.enrolment_id", f"submission_id.work_id.{TEAM}",
        ),
    ),
    # projects
    Holding("agency"),
    Holding("area"),
    Holding(
        "pair", "pairs", ("ambassador_id", "id=captaincy:pair_id.captain_id"), alone=("ambassador_id",),
        erase=Erase.BLANK, blank={"end_reason": ERASED}, moment="began_at",
    ),
    Holding("pair_list", by=("stored_by_id", "undone_by_id")),
    Holding(
        "captaincy", "pairs", ("captain_id", LEARNER), by=("recorded_by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED}, moment="began_at",
    ),
    # mentoring
    Holding("mentoring_terms"),
    Holding("mentoring_topic"),
    Holding("planned_meeting"),
    Holding("note_template"),
    Holding("captain_place", "calendar", ("enrolment_id",), erase=Erase.DELETE),
    Holding("weekly_hours", "calendar", ("enrolment_id",), erase=Erase.DELETE),
    Holding(
        "appointment", "mentoring",
        ("captain_id", LEARNER, "id=appointment_place:appointment_id.enrolment_id"), alone=(LEARNER,),
        erase=Erase.BLANK, moment="starts_at", stays=("place", "join_url"),
        blank={"title": ERASED, "agenda": ERASED, "shared_note": ERASED},
    ),
    Holding(
        "appointment_event", "mentoring", (f"appointment_id.{LEARNER}",), by=("person_id",),
        erase=Erase.BLANK, blank={"reason": ERASED}, wash=("before", "after"), moment="at",
    ),
    Holding(
        "appointment_file", "mentoring", (f"appointment_id.{LEARNER}",), by=("added_by_id",),
        moment="added_at",
    ),
    Holding("appointment_place", "mentoring", ("enrolment_id",), moment="asked_at"),
    Holding(
        "meeting_report", "mentoring", ("by_id", "place_id.enrolment_id"), erase=Erase.BLANK,
        blank={"remark": ERASED}, moment="at",
    ),
    # Only its author reads a private note, so only the author's export holds it; the others learn of it.
    Holding(
        "private_note", "private-notes", ("enrolment_id",),
        noted=(
            "appointment_id.captain_id", "appointment_id=appointment_place:appointment_id.enrolment_id",
        ),
        alone=("enrolment_id", f"appointment_id.{LEARNER}"), erase=Erase.BLANK, blank={"text": ERASED},
        moment="saved_at", held_by=_l("the other side of the meeting, who alone reads it"),
    ),
    Holding("note_draft", "mentoring", ("enrolment_id",), erase=Erase.DELETE, moment="saved_at"),
    Holding(
        "action_item", "mentoring", ("owner_id", LEARNER, CAPTAINS), by=("done_by_id", "drop_asked_by_id"),
        alone=("owner_id", LEARNER), erase=Erase.BLANK, blank={"text": ERASED}, moment="created_at",
    ),
    # updates
    Holding("knowledge_update"),
    Holding("update_speaker"),
    Holding("update_file"),
    Holding(
        "reflection", "updates", ("enrolment_id",), by=("decided_by_id",), erase=Erase.BLANK,
        blank={"text": ERASED, "answer": ERASED}, moment="saved_at",
    ),
)  # fmt: skip
