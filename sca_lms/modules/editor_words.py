"""The words of the editor: faults, fields and states, in the language of the page when they are shown."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.modules.draft_faults import FaultKind
from sca_lms.modules.plan import UnitType

FAULTS: Mapping[FaultKind, Text] = {
    FaultKind.NO_TITLE: _l("There is no title."),
    FaultKind.NO_UNITS: _l("There are no units yet."),
    FaultKind.DUE_BEFORE_OPENING: _l("The due date lies before the release."),
    FaultKind.CIRCLE: _l("The modules would wait for each other in a circle and never open."),
    FaultKind.NO_QUIZ: _l("No quiz is chosen."),
    FaultKind.QUIZ_HIDDEN: _l("The quiz is not published."),
    FaultKind.NO_VIDEO: _l("The video has no address."),
    FaultKind.VIDEO_UNPLAYABLE: _l("This address cannot be played here: use a video file, YouTube or Vimeo."),
    FaultKind.NO_TEXT: _l("There is no text to read."),
    FaultKind.NO_QUESTION: _l("There is no question to discuss."),
    FaultKind.NO_TIME: _l("The class has no time."),
    FaultKind.NO_ROOM: _l("The class has neither a link nor a room."),
    FaultKind.ASSIGNMENT_HIDDEN: _l("The assignment is not published."),
    FaultKind.UNIT_AFTER_DUE: _l("The unit opens after the module is due."),
    FaultKind.NOT_TRANSLATED: _l("A text is written in one language only."),
}
UNIT_TYPES: Mapping[UnitType, Text] = {
    UnitType.READING: _l("Reading"),
    UnitType.VIDEO: _l("Video"),
    UnitType.LIVE: _l("Live class"),
    UnitType.QUIZ: _l("Quiz"),
    UnitType.TASK: _l("Assignment"),
    UnitType.DISCUSSION: _l("Discussion"),
}
FIELDS: Mapping[str, Text] = {
    "title": _l("Title"),
    "title_th": _l("Title in Thai"),
    "title_en": _l("Title in English"),
    "minutes": _l("Minutes"),
    "opens_at": _l("Opens"),
    "due_at": _l("Due date"),
    "prerequisites": _l("What opens the module"),
    "quiz_pass_percent": _l("Quiz score to pass"),
    "order": _l("Order of the units"),
    "unit": _l("The unit"),
    "type": _l("Type"),
    "required": _l("Required"),
    "starts_at": _l("Begins"),
    "body": _l("Text"),
    "body_th": _l("Text in Thai"),
    "body_en": _l("Text in English"),
    "video_url": _l("Address of the video"),
    "video_seconds": _l("Length of the video in seconds"),
    "transcript": _l("Transcript"),
    "transcript_th": _l("Transcript in Thai"),
    "transcript_en": _l("Transcript in English"),
    "captions_th": _l("Captions in Thai"),
    "captions_en": _l("Captions in English"),
    "join_url": _l("Link to the class"),
    "room": _l("Room"),
    "quiz_id": _l("Quiz"),
    "assignment_id": _l("Assignment"),
    "files": _l("Attachments"),
    "least_posts": _l("Posts to write"),
    "least_characters": _l("Characters in each, without spaces"),
    "least_replies": _l("Of these, answers to others"),
}
