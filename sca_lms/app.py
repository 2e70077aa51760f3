"""Put the application together: the only module that knows what every package does for the others."""

import datetime as dt
from collections.abc import Mapping, Sequence

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from sca_lms import clock, schema
from sca_lms.assessments import operations as assessments
from sca_lms.assessments.figure_jobs import keep_quiz_figures
from sca_lms.assignments import notice_kinds as assignment_notices
from sca_lms.assignments.reminders import remind_of_due_work
from sca_lms.attendance import append_only, class_time, timetable
from sca_lms.attendance import jobs as attendance_jobs
from sca_lms.attendance import notice_kinds as attendance_notices
from sca_lms.attendance.programme_checks import check_worked_cases
from sca_lms.attendance.reminders import remind_of_tomorrow
from sca_lms.blueprints import BLUEPRINTS
from sca_lms.bootcamp import jobs as bootcamp_jobs
from sca_lms.bootcamp import notice_kinds as bootcamp_notices
from sca_lms.calendar import jobs as calendar_jobs
from sca_lms.calendar import views as calendar_views
from sca_lms.calendar.entries import ENTRIES as CALENDAR_ENTRIES
from sca_lms.config import Settings
from sca_lms.courses import access, operator_links, preferences, sessions
from sca_lms.courses import cli as courses_cli
from sca_lms.courses import views as courses_views
from sca_lms.courses.models import Course
from sca_lms.courses.programmes import Applier
from sca_lms.database import db, transaction
from sca_lms.errors import Text
from sca_lms.grades import assignment_links, figures, quiz_links
from sca_lms.grades import operations as grades
from sca_lms.grades.linkables import linkables
from sca_lms.grades.sources import SOURCES as SCORE_SOURCES
from sca_lms.guidance import notice_kinds as guidance_notices
from sca_lms.guidance import report_notices as guidance_report_notices
from sca_lms.guidance.cohort_jobs import work_out_figures
from sca_lms.guidance.jobs import refresh_snapshots
from sca_lms.guidance.receivers import COHORT
from sca_lms.guidance.report_jobs import make_reports
from sca_lms.inbox import jobs as inbox_jobs
from sca_lms.inbox import words as inbox_words
from sca_lms.lti import (
    connection_tests,
    host_queries,
    housekeeping,
    notice_subscriptions,
    roster_queries,
    roster_sync,
)
from sca_lms.lti.launch import known_hosts
from sca_lms.marking import hooks as marking_hooks
from sca_lms.marking import jobs as marking_jobs
from sca_lms.marking import notice_kinds as marking_notices
from sca_lms.marking import queries as marking_queries
from sca_lms.marking import review as marking_review
from sca_lms.mentoring import (
    booking,
    booking_notices,
    booking_queries,
    calendar_entries,
    report_jobs,
    report_notices,
)
from sca_lms.mentoring import jobs as mentoring_jobs
from sca_lms.mentoring import terms as mentoring_terms
from sca_lms.modules import activities as module_activities
from sca_lms.modules import circumstances as module_circumstances
from sca_lms.modules import notice_kinds as module_notices
from sca_lms.modules import operations as modules
from sca_lms.modules import programme_import
from sca_lms.modules.reminders import remind_of_due_modules
from sca_lms.privacy import jobs as privacy_jobs
from sca_lms.privacy import notice_kinds as privacy_notices
from sca_lms.progress import cohort_queries, tabs
from sca_lms.projects.list_views import PAIR_MEETINGS
from sca_lms.updates import entries as update_entries
from sca_lms.updates import notice_kinds as update_notices
from sca_lms.updates import operations as updates
from sca_lms.updates.reminders import remind_of_due_reflections
from sca_lms.uploads import jobs as upload_jobs
from sca_lms.web import (
    assets,
    error_pages,
    formats,
    forms,
    headers,
    i18n,
    incoming,
    logs,
    metrics,
    navigation,
    notice_cookie,
    trusted_hosts,
)
from sca_lms.web.application import Application
from sca_lms.web.tab_tokens import TabTokens

STATIC_MAX_AGE = dt.timedelta(days=365)
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_FORM_BYTES = 1024 * 1024
MAX_FORM_PARTS = 2_000

SECTION_CHECKERS = (check_worked_cases,)
"""What packages check of a programme file beyond its own rules."""


def apply_modules(course: Course, document: Mapping[str, object], at: dt.datetime) -> Sequence[Text]:
    """Let the modules package take its section of a programme over."""
    return programme_import.notes_of(programme_import.apply_programme(course, document, at=at))


def apply_timetable(course: Course, document: Mapping[str, object], at: dt.datetime) -> Sequence[Text]:
    """Let the attendance package take over the hours policy, the categories and the sessions."""
    timetable.apply_programme(course, document, at=at)
    return ()


def apply_updates(course: Course, document: Mapping[str, object], at: dt.datetime) -> Sequence[Text]:
    """Let the updates package take over the monthly updates."""
    return updates.notes_of(updates.apply_programme(course, document, at=at))


def apply_mentoring(course: Course, document: Mapping[str, object], at: dt.datetime) -> Sequence[Text]:
    """Let the mentoring package take over the terms, the topics and the planned meetings."""
    mentoring_terms.apply_programme(course, document, at=at)
    return ()


def apply_columns(course: Course, document: Mapping[str, object], at: dt.datetime) -> Sequence[Text]:
    """Let the grades package take over those columns for which there are scores."""
    grades.put_columns(course, document, codes=SCORE_SOURCES.keys(), at=at)
    return ()


PROGRAMME_APPLIERS: tuple[Applier, ...] = (
    apply_modules,
    apply_timetable,
    apply_updates,
    apply_mentoring,
    apply_columns,
)
"""What each package does when a course takes a programme over, in this order."""


def refresh_rosters(at: dt.datetime) -> roster_queries.Left:
    """Read the member lists of hosts that are due, for a while; returns which are left."""
    roster_sync.refresh_due(at)
    return roster_queries.left(at=clock.now())


def test_connections(at: dt.datetime) -> None:
    """Test the connections to hosts that somebody asked about."""
    connection_tests.run_due(at)


def sweep(at: dt.datetime) -> None:
    """Do what is due from time to time: hand in overdue attempts, forget what has expired."""
    with transaction():
        assessments.sweep_overdue(at=at)
    with transaction():
        sessions.forget_expired(at=at)
        operator_links.forget_expired(at=at)
        housekeeping.forget_expired(at=at)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; raises `SettingsError` when the environment cannot work."""
    settings = settings or Settings.from_environment()
    app = Application(
        "sca_lms", static_folder="web/static", static_url_path="/static", template_folder="web/templates"
    )
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        SECRET_KEY=settings.secret_key,
        # Flask's own cookie carries nothing but the notice of what was just done.
        SESSION_COOKIE_NAME="__Host-sca_notice" if settings.is_https else "sca_notice",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_PARTITIONED=True,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
    )
    app.extensions["sca_settings"] = settings
    app.extensions["sca_readiness"] = {"schema": _schema_problem}
    app.extensions["sca_preferences"] = preferences.remember
    app.extensions["sca_section_checkers"] = SECTION_CHECKERS
    app.extensions["sca_programme_appliers"] = PROGRAMME_APPLIERS
    app.extensions["sca_score_sources"] = SCORE_SOURCES
    app.extensions["sca_activities"] = {
        "module": module_activities.module_path,
        "quiz": quiz_links.quiz_path,
        "assignment": assignment_links.assignment_path,
    }
    app.extensions["sca_linkables"] = [
        linkables,
        quiz_links.quiz_linkables,
        assignment_links.assignment_linkables,
    ]
    app.extensions["sca_rubric_recompute"] = marking_hooks.Recompute()
    app.extensions["sca_assignment_marks"] = marking_hooks.Marks()
    app.extensions["sca_quiz_marks"] = marking_hooks.words_about
    app.extensions["sca_reviews"] = {
        "quiz": marking_review.attempt_path,
        "assignment": marking_review.work_path,
    }
    app.extensions[module_circumstances.SCORES] = marking_queries.scores
    app.extensions["sca_quiz_gate"] = modules.refuse_locked_quiz
    app.extensions["sca_quiz_home"] = module_activities.quiz_home
    app.extensions[access.KNOWN_HOSTS] = known_hosts
    app.extensions[error_pages.WAY_BACK] = access.way_back
    app.extensions[courses_cli.HOST_IDS] = host_queries.host_ids
    app.extensions[courses_views.HOSTS_OF_COURSE] = host_queries.hosts_of_course
    app.extensions[courses_views.EARLIER_COURSE] = roster_queries.earlier_course
    # Each package lists the kinds of notices that it sends.
    app.extensions[inbox_words.KINDS] = [
        attendance_notices.KINDS,
        booking_notices.KINDS,
        bootcamp_notices.KINDS,
        guidance_notices.KINDS,
        guidance_report_notices.KINDS,
        module_notices.KINDS,
        assignment_notices.KINDS,
        marking_notices.KINDS,
        report_notices.KINDS,
        privacy_notices.KINDS,
        update_notices.KINDS,
    ]
    app.extensions[COHORT] = cohort_queries.chosen_ids
    app.extensions[CALENDAR_ENTRIES] = [
        class_time.entries,
        update_entries.entries,
        calendar_entries.entries,
    ]
    app.extensions[i18n.READER_ZONE] = calendar_views.zone_of_reader
    app.extensions["sca_captain_replaced"] = [booking.captain_replaced]
    app.extensions[PAIR_MEETINGS] = [booking_queries.meetings_since]
    app.extensions["sca_jobs"] = [
        sweep,
        test_connections,
        refresh_rosters,
        notice_subscriptions.subscribe_due,
        attendance_jobs.close_forgotten_sessions,
        bootcamp_jobs.refresh_outlooks,
        calendar_jobs.fill_classes,
        marking_jobs.settle_releases,
        assignment_links.put_linked_columns,
        upload_jobs.forget_unknown_files,
        mentoring_jobs.keep_bookings,
        report_jobs.settle_reports,
        privacy_jobs.make_archives,
        privacy_jobs.carry_out_erasures,
        privacy_jobs.keep_periods,
        privacy_jobs.remind_of_requests,
        refresh_snapshots,
        work_out_figures,
        keep_quiz_figures,
        make_reports,
        remind_of_tomorrow,
        remind_of_due_work,
        remind_of_due_modules,
        remind_of_due_reflections,
        inbox_jobs.forget_turns,
        inbox_jobs.settle_notices,
        inbox_jobs.send_mails,
    ]
    append_only.guard()
    db.init_app(app)
    for shared in (
        trusted_hosts, incoming, logs, metrics, headers, assets, notice_cookie,
        i18n, formats, forms, navigation, error_pages,
    ):  # fmt: skip
        shared.init_app(app)
    access.init_app(app)
    tabs.init_app(app)
    figures.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _wrap(app, settings)
    return app


def _wrap(app: Flask, settings: Settings) -> None:
    """Put the WSGI middleware around the application; the proxies come first, they know the real address."""
    app.wsgi_app = TabTokens(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way.
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # As above.


def _engine_options(settings: Settings) -> dict[str, object]:
    # What people typed must not reach a log through the message of an error.
    options: dict[str, object] = {"hide_parameters": True, "pool_size": 10, "max_overflow": 20}
    return options if settings.is_sqlite else {**options, "pool_pre_ping": True}


def _schema_problem() -> str | None:
    return schema.problem(db.engine)
