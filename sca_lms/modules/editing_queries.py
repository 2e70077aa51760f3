"""Find modules as those see them who write them: with drafts, versions, files and what they can lead to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments.models import Quiz
from sca_lms.assignments.models import Assignment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.modules import module_rows
from sca_lms.modules.draft_faults import Around
from sca_lms.modules.drafts import ModuleDraft, read_document
from sca_lms.modules.models import Module, ModuleDraftRow, ModuleFile, ModuleVersion, Unit
from sca_lms.modules.prerequisites import ConditionKind, read_prerequisites


@dataclass(frozen=True, slots=True)
class Written:
    """A module as its authors see it."""

    module: Module
    draft: ModuleDraft
    """What would be published; the same as what is published when nothing is changed."""
    row: ModuleDraftRow | None

    @property
    def is_changed(self) -> bool:
        """Tell whether there is something that learners do not see yet."""
        return self.row is not None

    @property
    def row_version(self) -> int:
        """Return the number by which two people who write at once are told apart."""
        return self.row.row_version if self.row is not None else 0


def all_written(course_id: int) -> list[Written]:
    """Return every module of a course in the order of its pages, the archived ones last; three statements."""
    modules = db.session.scalars(
        sa.select(Module)
        .where(Module.course_id == course_id)
        .order_by(Module.archived_at.is_not(None), Module.position, Module.id)
    ).all()
    rows = db.session.scalars(
        sa.select(ModuleDraftRow)
        .join(ModuleDraftRow.module)
        .where(Module.course_id == course_id)
        .options(joinedload(ModuleDraftRow.changed_by))
    )
    drafts = {row.module_id: row for row in rows}
    units = _units(course_id)
    return [_written(module, drafts.get(module.id), units.get(module.id, [])) for module in modules]


def find_written(actor: Actor, module_id: int) -> Written | None:
    """Return one module of the actor's course with its draft."""
    module = db.session.scalar(
        sa.select(Module).where(Module.id == module_id, Module.course_id == actor.course_id)
    )
    return written(module) if module is not None else None


def written(module: Module) -> Written:
    """Return a module with its draft as they stand now."""
    row = db.session.scalar(
        sa.select(ModuleDraftRow)
        .where(ModuleDraftRow.module_id == module.id)
        .options(joinedload(ModuleDraftRow.changed_by))
        .execution_options(populate_existing=True)
    )
    return _written(module, row, units_of(module))


def units_of(module: Module) -> Sequence[Unit]:
    """Return the published units of a module in their order."""
    return db.session.scalars(
        sa.select(Unit).where(Unit.module_id == module.id, Unit.published).order_by(Unit.position, Unit.id)
    ).all()


def versions_of(module: Module) -> Sequence[ModuleVersion]:
    """Return what the module was, the newest first, with who published it."""
    return db.session.scalars(
        sa.select(ModuleVersion)
        .where(ModuleVersion.module_id == module.id)
        .order_by(ModuleVersion.number.desc())
        .options(joinedload(ModuleVersion.published_by))
    ).all()


def find_version(module: Module, number: int) -> ModuleVersion | None:
    """Return one version of a module."""
    return db.session.scalar(
        sa.select(ModuleVersion)
        .where(ModuleVersion.module_id == module.id, ModuleVersion.number == number)
        .options(joinedload(ModuleVersion.published_by))
    )


def files_of(module_ids: Collection[int]) -> Sequence[ModuleFile]:
    """Return the files of some modules by name."""
    return db.session.scalars(
        sa.select(ModuleFile)
        .where(ModuleFile.module_id.in_(module_ids))
        .options(joinedload(ModuleFile.file), joinedload(ModuleFile.module))
        .order_by(ModuleFile.name)
    ).all()


def find_file(actor: Actor, module_id: int, name: str) -> ModuleFile | None:
    """Return a file of a module of the actor's course, with its module."""
    return db.session.scalar(
        sa.select(ModuleFile)
        .join(ModuleFile.module)
        .where(
            ModuleFile.module_id == module_id, ModuleFile.name == name, Module.course_id == actor.course_id
        )
        .options(joinedload(ModuleFile.file), joinedload(ModuleFile.module))
    )


def quizzes_of(course_id: int) -> Sequence[Quiz]:
    """Return the quizzes that a unit can lead to."""
    return db.session.scalars(sa.select(Quiz).where(Quiz.course_id == course_id).order_by(Quiz.id)).all()


def assignments_of(course_id: int) -> Sequence[Assignment]:
    """Return the assignments that a task can lead to."""
    return db.session.scalars(
        sa.select(Assignment).where(Assignment.course_id == course_id).order_by(Assignment.code)
    ).all()


def around(module: Module) -> Around:
    """Return what a draft of a module is judged by; four statements."""
    others = {
        each.code: read_prerequisites(each.prerequisites)
        for each in db.session.scalars(
            sa.select(Module).where(
                Module.course_id == module.course_id, Module.published, Module.id != module.id
            )
        )
    }
    quizzes, tasks = quizzes_of(module.course_id), assignments_of(module.course_id)
    quiz_codes = {quiz.id: quiz.code for quiz in quizzes}
    task_codes = {task.id: task.code for task in tasks}
    homes: dict[tuple[ConditionKind, str], str] = {}
    rows = db.session.execute(
        sa.select(Module.code, Unit.quiz_id, Unit.assignment_id)
        .join(Unit.module)
        .where(Unit.course_id == module.course_id, Unit.published, Module.published)
    )
    for code, quiz_id, assignment_id in rows:
        if quiz_id in quiz_codes:
            homes[ConditionKind.QUIZ, quiz_codes[quiz_id]] = code
        if assignment_id in task_codes:
            homes[ConditionKind.ASSIGNMENT, task_codes[assignment_id]] = code
    return Around(
        code=module.code,
        others=others,
        homes=homes,
        quiz_codes=quiz_codes,
        assignment_codes=task_codes,
        published_quizzes=frozenset(quiz.id for quiz in quizzes if quiz.published),
        published_assignments=frozenset(task.id for task in tasks if task.published),
    )


def _units(course_id: int) -> Mapping[int, list[Unit]]:
    found: dict[int, list[Unit]] = {}
    wanted = sa.select(Unit).where(Unit.course_id == course_id, Unit.published)
    for unit in db.session.scalars(wanted.order_by(Unit.position, Unit.id)):
        found.setdefault(unit.module_id, []).append(unit)
    return found


def _written(module: Module, row: ModuleDraftRow | None, units: Sequence[Unit]) -> Written:
    draft = read_document(row.document) if row is not None else module_rows.as_published(module, units)
    return Written(module, draft, row)
