"""What the tables of people, sign-in, hosts, files, notices, calendar and privacy hold of people."""

from sca_lms.privacy.holdings import ERASED, Erase, Holding

HOLDINGS = (
    # courses
    Holding("programme", stays=("title", "document", "offered_to")),
    Holding("course", stays=("title", "label")),
    Holding(
        "person", "person", ("id",), erase=Erase.OWN, hidden=("sort_key", "search_key"), moment="created_at",
    ),
    Holding("enrolment", "enrolment", ("person_id",), erase=Erase.OWN, stays=("area",), moment="joined_at"),
    Holding(
        "audit_event", "audit", by=("person_id",), erase=Erase.OWN, stays=("subject",),
        wash=("before", "after"),
    ),
    Holding(
        "web_session", "sessions", ("id=session_grant:session_id.person_id",), erase=Erase.DELETE,
        hidden=("token_hash", "form_secret"), moment="created_at",
    ),
    Holding(
        "session_grant", "sessions", ("person_id", "enrolment_id"), erase=Erase.DELETE,
        hidden=("session_id",), moment="granted_at",
    ),
    Holding("operator_link"),
    # uploads
    Holding("stored_file", "files", ("person_id",), erase=Erase.OWN, hidden=("key",), moment="created_at"),
    # lti
    Holding("lti_platform"),
    Holding("lti_platform_key_set"),
    Holding("lti_deployment"),
    Holding("lti_login_attempt", "passing", stays=("storage_target", "claims"), exported=False),
    Holding("lti_user", "identity", ("person_id",), erase=Erase.DELETE),
    Holding("lti_context"),
    Holding("lti_context_copy"),
    Holding("lti_resource_link"),
    Holding("lti_host_roles", "identity", ("enrolment_id",)),
    Holding("lti_tool_key"),
    Holding("lti_registration_invite"),
    Holding("lti_launch_trace", "passing", stays=("facts",), exported=False),
    Holding("lti_access_token"),
    Holding("lti_connection_test"),
    Holding("lti_deep_linking_request", "choosing", ("person_id",), erase=Erase.DELETE),
    Holding("lti_notice_service"),
    Holding("lti_roster_sync"),
    Holding("lti_roster_member", "identity", ("enrolment_id",), erase=Erase.DELETE),
    Holding(
        "lti_roster_change", "roster", ("enrolment_id",), erase=Erase.BLANK,
        blank={"before": [], "after": []}, moment="at",
    ),
    # inbox
    Holding("inbox_notice", "messages", ("enrolment_id",), erase=Erase.DELETE, moment="at"),
    Holding("inbox_preference", "messages", ("person_id",), erase=Erase.DELETE),
    Holding("inbox_mail", "messages", ("person_id",), erase=Erase.DELETE, moment="due_at"),
    Holding("inbox_reminder"),
    # calendar
    Holding("calendar_occasion"),
    Holding("occupancy_cell", "calendar", ("person_id",), erase=Erase.DELETE, moment="starts_at"),
    # The row stays, so that nothing can be booked with somebody who is gone.
    Holding(
        "calendar_owner", "calendar", ("person_id",), erase=Erase.BLANK, hidden=("feed_digest",),
        blank={"zone": "", "feed_digest": None, "feed_made_at": None},
    ),
    Holding("time_off", "calendar", ("person_id",), erase=Erase.DELETE, moment="starts_at"),
    # privacy
    Holding(
        "privacy_request", "rights", ("person_id",), by=("asked_by_id", "decided_by_id"), erase=Erase.BLANK,
        blank={"subject": ERASED, "text": ERASED}, stays=("answer",), moment="asked_at",
    ),
    Holding(
        "privacy_export", "rights", ("person_id",), erase=Erase.OWN, hidden=("lease_token",),
        moment="asked_at",
    ),
    Holding("privacy_period", by=("set_by_id",)),
    Holding("privacy_removal"),
)  # fmt: skip
