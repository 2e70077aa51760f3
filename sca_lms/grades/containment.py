"""Keep a defect that one host or one course brings to light from stopping the work for all others."""

from types import TracebackType
from typing import Self

import structlog
from flask import g
from sqlalchemy.exc import OperationalError

from sca_lms.web.logs import reference

log = structlog.get_logger(__name__)


class Contained:
    """Let a defect inside the block end the block and nothing else; it is logged with its traceback.

    A database that is away is no defect of one host and passes. Use it in an application context.
    """

    def __init__(self, work: str, **where: int | str) -> None:
        self._work = work
        self._where = where
        self.reference = ""
        """What leads to the defect in the log; empty while there was none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, OperationalError):
            return False
        # Each defect has a number of its own, also when one process meets many in one context.
        g.pop("request_id", None)
        self.reference = reference()
        log.error("worker.defect", work=self._work, reference=self.reference, exc_info=error, **self._where)
        return True
