"""Pictures, attachments and captions of modules: taken in by authors, answered to who may read the module."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments.bank_pictures import plain_name
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rich_text import Pictures
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import db, transaction
from sca_lms.modules import editing_queries
from sca_lms.modules.models import Module, ModuleFile
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.answers import attachment
from sca_lms.uploads.content import DOCUMENTS, MEBIBYTE, Allowed, ending_of
from sca_lms.uploads.storage import store
from sca_lms.web.incoming import takes_files

AUTHORS = (Role.AUTHOR, *sorted(STAFF))
FILES = Allowed(DOCUMENTS | {"vtt"}, 20 * MEBIBYTE)
MOST_FILES = 200
PICTURES, CAPTIONS = frozenset({"png", "jpg", "jpeg", "webp"}), frozenset({"vtt"})

bp = Blueprint("module_files", __name__, url_prefix="/courses/<int:course_id>/module-files/<int:module_id>")


@dataclass(frozen=True, slots=True)
class Offered:
    """A file below a unit."""

    name: str
    address: str
    size: int


@bp.get("/<path:name>")
@allow(Role.LEARNER, Role.MENTOR, *AUTHORS)
def file(course_id: int, module_id: int, name: str) -> ResponseReturnValue:
    """Answer with a file; of a module that is not published only to those who write it."""
    del course_id
    found = editing_queries.find_file(actor(), module_id, name) or abort(404)
    if not found.module.published and not actor().has(*AUTHORS):
        abort(404)
    return attachment(found.file)


@bp.post("")
@allow(*AUTHORS)
@takes_files(FILES.largest)
def upload(course_id: int, module_id: int) -> ResponseReturnValue:
    """Take files for the units of a module; a text names a picture as `attachment:NAME`."""
    written = editing_queries.find_written(actor(), module_id) or abort(404)
    sent = [each for each in request.files.getlist("files") if each.filename]
    taken = {each.name for each in editing_queries.files_of([module_id])}
    page = url_for("module_editor.edit", course_id=course_id, module_id=module_id, _anchor="files")
    back = redirect(page, 303)
    if not sent:
        flash(_("Choose a file first."), "alert")
        return back
    if len(taken) + len(sent) > MOST_FILES:
        flash(_("A module keeps at most %(most)s files.", most=MOST_FILES), "alert")
        return back
    try:
        with transaction():
            for each in sent:
                kept = uploads.take(
                    current_course(), each.filename or "", each.stream, allowed=FILES, place=store(),
                    scanners=current_app.extensions.get(uploads.SCANNERS, ()),
                    person_id=actor().person_id, at=clock.now(),
                )  # fmt: skip
                name = plain_name(kept.name, taken)
                taken.add(name)
                db.session.add(
                    ModuleFile(module_id=written.module.id, name=name, file_id=kept.id, added_at=clock.now())
                )
    except uploads.FileRefused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The files are there. Units can use them now."))
    return back


def address_of(module: Module, name: str) -> str:
    """Return where a file of a module is answered."""
    return url_for("module_files.file", course_id=module.course_id, module_id=module.id, name=name)


def pictures_of(module: Module, files: Sequence[ModuleFile]) -> Pictures:
    """Return what the texts of a module may show."""
    return tuple(
        (each.name, address_of(module, each.name)) for each in files if ending_of(each.name) in PICTURES
    )


def offered(module: Module, files: Sequence[ModuleFile], names: Collection[str]) -> list[Offered]:
    """Return the attachments of a unit that are there."""
    return [
        Offered(each.name, address_of(module, each.name), each.file.size)
        for each in files
        if each.name in names
    ]


def tracks(
    module: Module, files: Sequence[ModuleFile], captions: Mapping[str, object]
) -> list[tuple[str, str]]:
    """Return languages and addresses of the captions of a video."""
    known = {each.name for each in files}
    return [(language, address_of(module, str(name))) for language, name in captions.items() if name in known]
