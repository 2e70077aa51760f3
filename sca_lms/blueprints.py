"""Every page of the tool: the blueprints of all packages, in the order in which addresses are looked up."""

from sca_lms.assessments import (
    attempt_decision_views,
    attempt_views,
    bank_editor_views,
    bank_exchange_views,
    bank_views,
    extension_views,
    quiz_editor_views,
    statistics_views,
)
from sca_lms.assessments import views as assessments_views
from sca_lms.assignments import extension_views as assignment_extension_views
from sca_lms.assignments import rubric_views, staff_views, team_views
from sca_lms.assignments import views as assignments_views
from sca_lms.attendance import (
    check_in_views,
    grid_views,
    room_after_views,
    room_views,
    scan_views,
    sheet_views,
)
from sca_lms.bootcamp import (
    hours_views,
    pace_views,
    policy_views,
    request_views,
    timetable_builder_views,
    timetable_change_views,
    timetable_views,
    transcript_views,
)
from sca_lms.calendar import views as calendar_views
from sca_lms.courses import front_views
from sca_lms.courses import views as courses_views
from sca_lms.gradebook import cell_views, file_views
from sca_lms.gradebook import views as gradebook_views
from sca_lms.grades import views as grades_views
from sca_lms.guidance import intervention_views, message_views, rule_views
from sca_lms.guidance import report_views as guidance_report_views
from sca_lms.inbox import public_views as unsubscribe_views
from sca_lms.inbox import sent_views as sent_mail_views
from sca_lms.inbox import views as inbox_views
from sca_lms.lti import deep_linking_views, host_views, notice_views, registration_views, roster_views
from sca_lms.lti import views as lti_views
from sca_lms.marking import grader_views, regrade_views, release_views, result_views
from sca_lms.marking import views as marking_views
from sca_lms.mentoring import (
    action_views,
    availability_views,
    booking_ask_views,
    booking_group_views,
    booking_page_views,
    booking_views,
    captain_views,
    coverage_views,
    dispute_views,
    note_template_views,
    note_views,
    report_views,
    story_views,
    terms_views,
)
from sca_lms.modules import discussion_views
from sca_lms.modules import editor_views as module_editor_views
from sca_lms.modules import extension_views as module_extension_views
from sca_lms.modules import file_views as module_file_views
from sca_lms.modules import views as modules_views
from sca_lms.privacy import audit_views, desk_views, keeping_views, my_views
from sca_lms.progress import control_views, heat_views
from sca_lms.progress import views as progress_views
from sca_lms.projects import list_views as pair_list_views
from sca_lms.projects import place_views
from sca_lms.projects import views as pair_views
from sca_lms.updates import reflection_views, series_views
from sca_lms.updates import views as updates_views
from sca_lms.web import views as web_views

BLUEPRINTS = (
    web_views.bp,
    front_views.bp,
    courses_views.bp,
    inbox_views.bp,
    sent_mail_views.bp,
    unsubscribe_views.bp,
    lti_views.bp,
    deep_linking_views.bp,
    host_views.bp,
    registration_views.bp,
    roster_views.bp,
    notice_views.bp,
    assessments_views.bp,
    bank_views.bp,
    bank_editor_views.bp,
    bank_exchange_views.bp,
    quiz_editor_views.bp,
    statistics_views.bp,
    assignments_views.bp,
    staff_views.bp,
    assignment_extension_views.bp,
    team_views.bp,
    rubric_views.bp,
    attempt_views.bp,
    attempt_decision_views.bp,
    extension_views.bp,
    marking_views.bp,
    grader_views.bp,
    release_views.bp,
    regrade_views.bp,
    result_views.bp,
    modules_views.bp,
    module_editor_views.bp,
    module_extension_views.bp,
    module_file_views.bp,
    discussion_views.bp,
    pair_views.bp,
    place_views.bp,
    pair_list_views.bp,
    updates_views.bp,
    series_views.bp,
    reflection_views.bp,
    check_in_views.bp,
    room_views.bp,
    room_after_views.bp,
    scan_views.bp,
    sheet_views.bp,
    hours_views.bp,
    transcript_views.bp,
    grid_views.bp,
    pace_views.bp,
    policy_views.bp,
    request_views.bp,
    timetable_views.bp,
    timetable_builder_views.bp,
    timetable_change_views.bp,
    grades_views.bp,
    gradebook_views.bp,
    cell_views.bp,
    file_views.bp,
    calendar_views.bp,
    my_views.bp,
    desk_views.bp,
    keeping_views.bp,
    audit_views.bp,
    booking_views.bp,
    booking_page_views.bp,
    booking_ask_views.bp,
    booking_group_views.bp,
    availability_views.bp,
    terms_views.bp,
    report_views.bp,
    note_views.bp,
    note_template_views.bp,
    action_views.bp,
    captain_views.bp,
    coverage_views.bp,
    dispute_views.bp,
    story_views.bp,
    intervention_views.bp,
    rule_views.bp,
    guidance_report_views.bp,
    message_views.bp,
    control_views.bp,
    heat_views.bp,
    progress_views.bp,
)
"""A page that is asked for is looked up in this order."""
