"""What the tables of attendance, hours, marks and grades hold of people."""

from flask_babel import lazy_gettext as _l

from sca_lms.privacy.holdings import ERASED, Erase, Holding
from sca_lms.privacy.holdings_learning import TEAM

HOLDINGS = (
    # attendance
    Holding("attendance_session"),
    Holding("session_break"),
    Holding("session_revision", by=("person_id",)),
    Holding("hours_category"),
    Holding("hours_revision"),
    Holding("hours_policy_version", by=("created_by_id",)),
    Holding("timetable_step", by=("person_id",)),
    Holding(
        "presence", "attendance", ("enrolment_id",), by=("in_by_id", "out_by_id", "voided_by_id"),
        erase=Erase.BLANK, blank={"void_reason": ERASED}, moment="in_at",
    ),
    Holding(
        "attendance_scan", "devices", ("enrolment_id",), by=("by_id",), erase=Erase.BLANK,
        blank={"device": ""}, hidden=("key",), moment="server_at",
    ),
    Holding("attendance_code_miss", "misses", ("enrolment_id",), erase=Erase.DELETE, moment="at"),
    Holding("shared_device_review", by=("person_id",)),
    # The chain of hashes holds every reason: changing one would make the whole ledger worthless.
    Holding("ledger_entry", "hours", ("enrolment_id",), by=("person_id",), stays=("reason",), moment="at"),
    Holding("session_credit", "hours", ("enrolment_id",)),
    Holding("hours_balance", "hours", ("enrolment_id",)),
    Holding("hours_outlook", "hours", ("enrolment_id",), moment="worked_out_at"),
    Holding(
        "hours_request", "hours-requests", ("enrolment_id",), by=("decided_by_id",), erase=Erase.BLANK,
        blank={"text": ERASED, "answer": ERASED}, moment="created_at",
    ),
    # marking
    Holding("mark_release", by=("released_by_id", "undone_by_id")),
    Holding("mark_bank_comment", by=("owner_id",)),
    Holding(
        "mark", "marks", ("work_id.enrolment_id", f"work_id.{TEAM}", "attempt_id.enrolment_id"),
        by=("marker_id",), alone=("work_id.enrolment_id", "attempt_id.enrolment_id"), erase=Erase.BLANK,
        blank={"comment": ERASED}, wash=("remarks",), stays=("levels", "answer_points"),
        released="release_id", hidden=("marker_id",), moment="saved_at",
    ),
    Holding(
        "mark_revision", "marks",
        ("mark_id.work_id.enrolment_id", f"mark_id.work_id.{TEAM}", "mark_id.attempt_id.enrolment_id"),
        by=("saved_by_id",), alone=("mark_id.work_id.enrolment_id", "mark_id.attempt_id.enrolment_id"),
        erase=Erase.BLANK, blank={"reason": ERASED}, wash=("document",), released="mark_id.release_id",
        hidden=("saved_by_id",), moment="saved_at",
    ),
    Holding(
        "mark_annotation", "marks",
        ("submission_id.work_id.enrolment_id", f"submission_id.work_id.{TEAM}"), by=("author_id",),
        alone=("submission_id.work_id.enrolment_id",), erase=Erase.BLANK, blank={"text": ERASED},
        released="submission_id=mark:submission_id.release_id", hidden=("author_id",),
    ),
    Holding(
        "mark_feedback_file", "marks",
        ("mark_id.work_id.enrolment_id", f"mark_id.work_id.{TEAM}", "mark_id.attempt_id.enrolment_id"),
        released="mark_id.release_id",
    ),
    # An unfinished mark is the marker's own; the learner gets it when it is released, as a mark.
    Holding(
        "mark_draft", "mark-drafts", ("work_id.enrolment_id", "attempt_id.enrolment_id", f"work_id.{TEAM}"),
        by=("marker_id",), alone=("work_id.enrolment_id", "attempt_id.enrolment_id"), erase=Erase.DELETE,
        exported=False,
    ),
    Holding(
        "mark_regrade_request", "marks", ("enrolment_id",), by=("answered_by_id",), erase=Erase.BLANK,
        blank={"text": ERASED, "answer": ERASED}, moment="asked_at",
    ),
    # grades
    Holding("grade_column"),
    Holding("grade_host_column"),
    Holding("grade_settings"),
    Holding("grade_tally"),
    Holding("gradebook_weight"),
    Holding("grade_import", by=("proposed_by_id",)),
    Holding("gradebook_hidden_columns", "views", ("person_id",), erase=Erase.DELETE),
    Holding("grade_evidence", "grades", ("enrolment_id",)),
    Holding(
        "grade_score", "grades", ("enrolment_id",), erase=Erase.BLANK, blank={"comment": ERASED},
        moment="computed_at",
    ),
    Holding(
        "grade_override", "grades", ("enrolment_id",), by=("set_by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED},
    ),
    Holding(
        "grade_override_entry", "grades", ("override_id.enrolment_id",), by=("by_id",), erase=Erase.BLANK,
        blank={"reason": ERASED},
    ),
    Holding(
        "grade_delivery", "sent", ("score_id.enrolment_id",), erase=Erase.OWN,
        stays=("detail", "earlier_values"), hidden=("lease_token",), moment="delivered_at",
    ),
    Holding("grade_delivery_entry", "sent", ("score_id.enrolment_id",), stays=("detail",), moment="at"),
    # progress
    Holding("risk_revision"),
    Holding("risk_rule", by=("changed_by_id",)),
    Holding("learner_snapshot", "standing", ("enrolment_id",), stays=("reasons",), moment="worked_out_at"),
    Holding("learner_week", "standing", ("enrolment_id",)),
    Holding("cohort_figures"),
    # What staff wrote may hold what others said in confidence: its subject learns that, when and why it was
    # written, and asks those who have it.
    Holding(
        "intervention", "help", noted=("enrolment_id",), by=("by_id", "closed_by_id"), erase=Erase.BLANK,
        blank={"text": ERASED, "outcome": ERASED}, stays=("reasons",), moment="at",
        stated=("kind", "reasons", "follow_up_on", "closed_at"),
        held_by=_l("the instructors and managers of the course"),
    ),
    Holding("report_schedule", "reports", ("reader_id",), moment="created_at"),
    Holding("report_run", "reports", ("schedule_id.reader_id",), moment="due_at"),
)  # fmt: skip
