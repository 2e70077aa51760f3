"""For every address of the tool: who may use it. A new address without a line here fails."""

from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.web.incoming import IdConverter
from tests.builders import a_course, a_person, an_enrolment, signed_in

EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.INSTRUCTOR, Role.MANAGER})
AUTHORS = STAFF | {Role.AUTHOR}
LEARNER = frozenset({Role.LEARNER})
MANAGER = frozenset({Role.MANAGER})
PUBLIC = "public"
OPERATOR = "operator"

READERS = AUTHORS | {Role.LEARNER, Role.MENTOR}

TABLE: dict[str, frozenset[Role] | str] = {
    "bank.index": AUTHORS,
    "bank.try_out": AUTHORS,
    "bank.versions": AUTHORS,
    "bank.restore": AUTHORS,
    "bank.archive": AUTHORS,
    "bank.duplicate": AUTHORS,
    "bank.delete": AUTHORS,
    "bank.move": AUTHORS,
    "bank.remove_shelf": AUTHORS,
    "bank.picture": AUTHORS | LEARNER,
    "bank_editor.new": AUTHORS,
    "bank_editor.edit": AUTHORS,
    "bank_exchange.imports": AUTHORS,
    "bank_exchange.template": AUTHORS,
    "bank_exchange.checked": AUTHORS,
    "bank_exchange.undo": AUTHORS,
    "bank_exchange.export": AUTHORS,
    "bank_exchange.download": AUTHORS,
    "quiz_editor.index": AUTHORS,
    "quiz_editor.new": AUTHORS,
    "quiz_editor.edit": AUTHORS,
    "quiz_editor.places": AUTHORS,
    "quiz_editor.add_draw": AUTHORS,
    "quiz_editor.pick": AUTHORS,
    "quiz_editor.publish": AUTHORS,
    "quiz_editor.duplicate": AUTHORS,
    "quiz_editor.delete": AUTHORS,
    "quiz_statistics.index": STAFF,
    "quiz_statistics.table": STAFF,
    "assessments.preview": STAFF,
    "assessments.quiz": STAFF | LEARNER,
    "assessments.quizzes": STAFF,
    "assessments.result": STAFF,
    "assessments.results": STAFF,
    "assessments.review": LEARNER,
    "assessments.start": LEARNER,
    "attempt_decisions.answers": STAFF,
    "attempt_decisions.count": STAFF,
    "attempt_decisions.reopen": STAFF,
    "attempt_decisions.submit": STAFF,
    "attempt_decisions.void": STAFF,
    "attempts.answer": LEARNER,
    "attempts.file": STAFF | LEARNER,
    "attempts.flag": LEARNER,
    "attempts.page": LEARNER,
    "attempts.time_left": LEARNER,
    "assignments.draft": LEARNER,
    "assignments.file": STAFF | LEARNER,
    "assignments.index": AUTHORS | LEARNER,
    "assignments.page": AUTHORS | LEARNER,
    "assignments.receipt": LEARNER,
    "assignments.remove": LEARNER,
    "assignments.upload": LEARNER,
    "assignments_extensions.index": STAFF,
    "assignments_extensions.preview": STAFF,
    "assignments_extensions.read": STAFF,
    "assignments_extensions.save": STAFF,
    "assignments_staff.download": STAFF,
    "assignments_staff.duplicate": AUTHORS,
    "assignments_staff.edit": AUTHORS,
    "assignments_staff.new": AUTHORS,
    "assignments_staff.overview": STAFF,
    "assignments_staff.preview": AUTHORS,
    "assignments_staff.publish": AUTHORS,
    "assignments_staff.rubric": STAFF,
    "assignments_teams.export": STAFF,
    "assignments_teams.groups": STAFF,
    "assignments_teams.index": STAFF,
    "assignments_teams.new": STAFF,
    "assignments_teams.place": STAFF,
    "assignments_teams.read": STAFF,
    "assignments_teams.team": STAFF,
    "rubrics.archive": AUTHORS,
    "rubrics.duplicate": AUTHORS,
    "rubrics.edit": AUTHORS,
    "rubrics.export": AUTHORS,
    "rubrics.from_programme": AUTHORS,
    "rubrics.index": AUTHORS,
    "rubrics.new": AUTHORS,
    "rubrics.preview": AUTHORS,
    "rubrics.take_in": AUTHORS,
    "check_in.acts": LEARNER,
    "check_in.my_code": LEARNER,
    "check_in.page": LEARNER,
    "check_in.report": LEARNER,
    "courses.enter": PUBLIC,
    "courses.entered": PUBLIC,
    "courses.left": PUBLIC,
    "courses.log_out": EVERYBODY,
    "courses.operator": OPERATOR,
    "courses.programme": AUTHORS,
    "courses.use_programme": STAFF,
    "extensions.accommodations": STAFF,
    "extensions.extensions": STAFF,
    "gradebook.choose_columns": STAFF,
    "gradebook.export": STAFF,
    "gradebook.index": STAFF,
    "gradebook.weights": MANAGER,
    "gradebook_cells.page": STAFF,
    "gradebook_cells.remove_score": STAFF,
    "gradebook_cells.set_score": STAFF,
    "gradebook_files.difference": STAFF,
    "gradebook_files.index": STAFF,
    "gradebook_files.take": STAFF,
    "gradebook_files.undo": STAFF,
    "grades.compare": STAFF,
    "grades.connection": STAFF,
    "grades.creation": STAFF,
    "grades.decide": STAFF,
    "grades.deliveries": STAFF,
    "grades.export": STAFF,
    "grades.index": STAFF | LEARNER,
    "grades.person": STAFF,
    "grades.quiz_columns": STAFF,
    "grades.recreate": STAFF,
    "grades.send_all_again": STAFF,
    "grades.switch_quiz_column": STAFF,
    "grades.test_connection": STAFF,
    "grades.withdraw": STAFF,
    "hours.index": LEARNER,
    "hours.person": STAFF,
    "hours_transcripts.download": STAFF | LEARNER,
    "hours_transcripts.page": STAFF | LEARNER,
    "hours_transcripts.verify": PUBLIC,
    "front.page": PUBLIC,
    "lti.carried_on": PUBLIC,
    "lti.key_set": PUBLIC,
    "lti.launched": PUBLIC,
    "lti.login": PUBLIC,
    "lti.privacy": PUBLIC,
    "lti_deep_linking.answer": AUTHORS,
    "lti_deep_linking.picker": AUTHORS,
    "lti_notices.receive": PUBLIC,
    "lti_registration.configuration": PUBLIC,
    "lti_registration.preview": PUBLIC,
    "lti_registration.register": PUBLIC,
    "lti_hosts.edit_host": OPERATOR,
    "lti_hosts.host": OPERATOR,
    "lti_hosts.hosts": OPERATOR,
    "lti_hosts.invite": OPERATOR,
    "lti_hosts.new_host": OPERATOR,
    "lti_hosts.refused_launch": OPERATOR,
    "lti_hosts.refused_launches": OPERATOR,
    "lti_hosts.rotate_key": OPERATOR,
    "lti_hosts.switch_deployment": OPERATOR,
    "lti_hosts.switch_host": OPERATOR,
    "lti_hosts.test_host": OPERATOR,
    "lti_hosts.tool_keys": OPERATOR,
    "lti_hosts.withdraw_invite": OPERATOR,
    "lti_roster.change_role": frozenset({Role.MANAGER}),
    "lti_roster.confirm": STAFF,
    "lti_roster.confirm_all": STAFF,
    "lti_roster.index": STAFF,
    "lti_roster.refresh": STAFF,
    "lti_roster.take_over": STAFF,
    "lti_roster.undo": STAFF,
    "lti_roster.undo_all": STAFF,
    "marking.add_comment": STAFF,
    "marking.bank": STAFF,
    "marking.forget_comment": STAFF,
    "marking.index": STAFF,
    "marking.next_one": STAFF,
    "marking.use_comment": STAFF,
    "marking_grader.agree": STAFF,
    "marking_grader.annotate": STAFF,
    "marking_grader.discard": STAFF,
    "marking_grader.file": STAFF,
    "marking_grader.keep": STAFF,
    "marking_grader.page": STAFF,
    "marking_grader.save": STAFF,
    "marking_grader.save_agreed": STAFF,
    "marking_grader.take_back": STAFF,
    "marking_regrades.index": STAFF,
    "marking_regrades.keep": STAFF,
    "marking_regrades.one": STAFF,
    "marking_releases.create": STAFF,
    "marking_releases.index": STAFF,
    "marking_releases.preview": STAFF,
    "marking_releases.undo": STAFF,
    "marking_results.ask": LEARNER,
    "marking_results.file": LEARNER,
    "marking_results.page": LEARNER,
    "module_editor.act": AUTHORS,
    "module_editor.add_unit": AUTHORS,
    "module_editor.edit": AUTHORS,
    "module_editor.history": AUTHORS,
    "module_editor.index": AUTHORS,
    "module_editor.new": AUTHORS,
    "module_editor.order": AUTHORS,
    "module_editor.preview": AUTHORS,
    "module_editor.publish": AUTHORS,
    "module_editor.restore": AUTHORS,
    "module_editor.translations": AUTHORS,
    "module_editor.unit": AUTHORS,
    "module_editor.units": AUTHORS,
    "module_editor.version": AUTHORS,
    "module_extensions.index": STAFF,
    "module_extensions.preview": STAFF,
    "module_extensions.read": STAFF,
    "module_extensions.save": STAFF,
    "module_files.file": READERS,
    "module_files.upload": AUTHORS,
    "modules.attendance": STAFF,
    "modules.index": EVERYBODY,
    "modules.join": LEARNER,
    "modules.measure": AUTHORS,
    "modules.module": READERS,
    "modules.record": LEARNER,
    "modules.save_attendance": STAFF,
    "modules.take_back": LEARNER,
    "modules.undo_attendance": STAFF,
    "modules.unit": READERS,
    "modules.watch": LEARNER,
    "grid.export": STAFF,
    "grid.index": STAFF,
    "grid.preview": STAFF,
    "grid.save": STAFF,
    "hours_policy.index": STAFF,
    "hours_policy.new": frozenset({Role.MANAGER}),
    "hours_policy.put": frozenset({Role.MANAGER}),
    "pace.export": STAFF,
    "requests.ask_dispute": LEARNER,
    "requests.ask_make_up": LEARNER,
    "requests.decide": STAFF,
    "requests.dispute": LEARNER,
    "requests.evidence": STAFF | LEARNER,
    "requests.index": STAFF,
    "requests.make_up": LEARNER,
    "requests.mine": LEARNER,
    "requests.one": STAFF,
    "requests.withdraw": LEARNER,
    "pace.index": STAFF,
    "progress.grades": LEARNER,
    "progress.home": EVERYBODY,
    "progress.learner": STAFF | LEARNER,
    "progress.learners": STAFF,
    "progress.learners_export": STAFF,
    "timetable.calendar": EVERYBODY,
    "timetable.export": EVERYBODY,
    "timetable.index": EVERYBODY,
    "timetable_builder.add": MANAGER,
    "timetable_builder.delete": MANAGER,
    "timetable_builder.duplicate": MANAGER,
    "timetable_builder.edit": MANAGER,
    "timetable_builder.export": STAFF,
    "timetable_builder.index": STAFF,
    "timetable_builder.publish": MANAGER,
    "timetable_builder.shift": MANAGER,
    "timetable_builder.undo": MANAGER,
    "timetable_changes.cancel": MANAGER,
    "timetable_changes.change": MANAGER,
    "timetable_changes.history": STAFF,
    "timetable_changes.take_in": MANAGER,
    "web.healthz": PUBLIC,
    "web.preferences": PUBLIC,
    "web.readyz": PUBLIC,
    "web.show_metrics": PUBLIC,
    "rooms.code": STAFF,
    "rooms.index": STAFF,
    "rooms.let": STAFF,
    "rooms.live": STAFF,
    "rooms.review": STAFF,
    "rooms.room": STAFF,
    "rooms.stage": STAFF,
    "rooms_after.add_stay": STAFF,
    "rooms_after.close": STAFF,
    "rooms_after.closing": STAFF,
    "rooms_after.end_stay": STAFF,
    "rooms_after.person": STAFF,
    "rooms_after.reopen": STAFF,
    "rooms_after.resolve": STAFF,
    "rooms_after.void_stay": STAFF,
    "rooms_scan.acts": STAFF,
    "rooms_scan.page": STAFF,
    "rooms_scan.people": STAFF,
    "rooms_scan.report": STAFF,
    "rooms_sheet.bring_back": STAFF,
    "rooms_sheet.download": STAFF,
    "rooms_sheet.save": STAFF,
    "rooms_sheet.sheet": STAFF,
}


@dataclass(frozen=True)
class Visit:
    """One address, one way to use it."""

    rule: Rule
    method: str

    def path(self, course_id: int) -> str:
        """Return the address with the course of the visitor and with rows that need not exist."""
        values = {name: self._value(name, course_id) for name in self.rule.arguments}
        built = self.rule.build(values, append_unknown=False)
        assert built is not None
        return built[1]

    def _value(self, name: str, course_id: int) -> object:
        if name == "course_id":
            return course_id
        converter = self.rule._converters[name]
        if isinstance(converter, AnyConverter):
            return min(converter.items)
        return 1 if isinstance(converter, IdConverter) else "x"


def visits(app: Flask, wanted: frozenset[Role] | str | None = None) -> list[Visit]:
    """Return every way to use every address, or those that the table opens to `wanted`."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        opened = TABLE[rule.endpoint]
        if (isinstance(opened, frozenset) and wanted is None) or opened == wanted:
            found += [Visit(rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_every_address_stands_in_the_table(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    assert endpoints == set(TABLE)


@pytest.mark.parametrize("role", sorted(Role))
def test_a_role_is_let_in_exactly_where_the_table_says(app: Flask, role: Role) -> None:
    with app.app_context(), transaction():
        course = a_course()
        enrolment_id = None if role is Role.GUEST else an_enrolment(course, roles={role}).id
        course_id = course.id
    browser = signed_in(app, enrolment_id, course_id=course_id)
    faults = []
    for visit in visits(app):
        answer = browser.open(visit.path(course_id), method=visit.method)
        opened = TABLE[visit.rule.endpoint]
        let_in = answer.status_code not in {401, 403}
        if let_in is not (role in opened):
            faults.append(f"{visit.method} {visit.rule.rule}: {answer.status_code}")
        if visit.method == "POST" and let_in and answer.headers.get("X-Error-Code") != "form-expired":
            faults.append(f"{visit.rule.rule} takes a form without its token")
        assert answer.status_code < 500, visit
    assert faults == []


def test_nobody_gets_into_a_course_without_a_session(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course().id
    browser = app.test_client()
    for visit in visits(app):
        assert browser.open(visit.path(course_id), method=visit.method).status_code == 401, visit


def test_every_role_of_another_course_finds_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course().id
        elsewhere_id = an_enrolment(a_course(), a_person(), roles=set(Role) - {Role.GUEST}).id
    browser = signed_in(app, elsewhere_id)
    for visit in visits(app):
        assert browser.open(visit.path(course_id), method=visit.method).status_code == 404, visit


def test_the_operator_s_pages_exist_for_operators_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        enrolment_id = an_enrolment(roles=set(Role) - {Role.GUEST}).id
    others, operator = signed_in(app, enrolment_id), signed_in(app, None, operator=True)
    for visit in visits(app, OPERATOR):
        path = visit.path(1)
        assert app.test_client().open(path, method=visit.method).status_code == 401, visit
        assert others.open(path, method=visit.method).status_code == 404, visit
        answer = operator.open(path, method=visit.method)
        assert answer.status_code < 500, visit
        assert answer.status_code not in {401, 403}, visit
        if visit.method == "POST":
            assert answer.headers.get("X-Error-Code") == "form-expired", visit


def test_public_addresses_answer_anybody_without_a_defect(app: Flask) -> None:
    for visit in visits(app, PUBLIC):
        # Not ready (503) is an answer: the tables of this database were not made by migrations.
        answer = app.test_client().open(visit.path(1), method=visit.method)
        assert answer.status_code in {*range(200, 500), 503}, visit
