"""Answer what went wrong in words, in both languages, with a code and without personal data."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, current_app, jsonify, make_response, request
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import HTTPException, InternalServerError

from sca_lms.errors import Refused, Text
from sca_lms.web.i18n import page_locale
from sca_lms.web.logs import reference
from sca_lms.web.reader_choice import LOCALES
from sca_lms.web.trusted_hosts import WRONG_HOST

ERROR_CODE_HEADER = "X-Error-Code"
WAY_BACK = "sca_way_back"
"""`app.extensions[WAY_BACK]` returns the first page of the course that somebody is in, or None."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads about one kind of error: what it is, and what to do."""

    code: str
    title: Text
    advice: Text
    icon: str = "alert"


@dataclass(frozen=True, slots=True)
class Passage:
    """The same words in one language."""

    lang: str
    title: str
    advice: str


_RELOAD = Words(
    "form-expired",
    _l("This form is out of date"),
    _l("Open the page again and send the form once more. Nothing has been changed."),
    "reload",
)
# A view or the guard names one of these as the description: `abort(400, description="csrf")`.
_WRONG_HOST = Words(
    "wrong-host",
    _l("This tool is not known by that address"),
    _l(
        "Open it from your course. For whoever runs it: the web server before the tool must pass on the name "
        "that stands in SCA_LMS_PUBLIC_URL."
    ),
    "plug",
)
_NAMED = {"csrf": _RELOAD, WRONG_HOST: _WRONG_HOST}
_WORDS = {
    400: Words(
        "bad-request",
        _l("This request cannot be read"),
        _l("Go back to the page you came from and try again."),
    ),
    401: Words(
        "no-session",
        _l("Open this page from your course"),
        _l("Go to the course in your learning platform and open the activity again. Your work is safe."),
        "plug",
    ),
    403: Words(
        "not-allowed",
        _l("This page is not for your role"),
        _l("If you need it, ask the manager of your programme."),
        "lock",
    ),
    404: Words(
        "not-found",
        _l("This page does not exist"),
        _l("The link may be old or incomplete. Start again from the first page of your course."),
        "search",
    ),
    405: Words(
        "wrong-method",
        _l("This page cannot be opened that way"),
        _l("Start again from the first page of your course."),
    ),
    409: Words(
        "conflict",
        _l("This cannot be done now"),
        _l("Something has changed meanwhile. Open the page again and look at the present state."),
    ),
    413: Words(
        "too-large",
        _l("This is too large to send"),
        _l("Choose a smaller file or send fewer at a time."),
        "upload",
    ),
    415: Words(
        "wrong-type",
        _l("This kind of file cannot be used here"),
        _l("Go back and choose one of the kinds that the page names."),
        "upload",
    ),
    429: Words(
        "too-many",
        _l("Too many attempts in a short time"),
        _l("Wait a minute and try again. What you have saved is safe."),
        "clock",
    ),
    500: Words(
        "defect",
        _l("Something went wrong on our side"),
        _l(
            "What you saved before is safe. Try again; if it happens again, send the reference below "
            "to your support."
        ),
    ),
    503: Words(
        "unavailable",
        _l("The service is not ready"),
        _l("Try again in a few minutes. What you have saved is safe."),
        "clock",
    ),
}
_ALIKE = {
    410: 404,
    406: 400,
    408: 503,
    411: 400,
    412: 409,
    414: 400,
    417: 400,
    422: 400,
    428: 409,
    431: 413,
    502: 503,
}


def init_app(app: Flask) -> None:
    """Answer every HTTP error, every refusal nobody caught, and every defect."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(InternalServerError, _defect)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    words = _words_of(error, status)
    answer = _answer(words, status)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _refused(refusal: Refused) -> Response:
    kind = _WORDS[HTTPStatus.CONFLICT]
    return _answer(Words(refusal.code, kind.title, refusal.message, kind.icon), HTTPStatus.CONFLICT)


def _defect(error: InternalServerError) -> Response:
    return _answer(_words_of(error, HTTPStatus.INTERNAL_SERVER_ERROR), HTTPStatus.INTERNAL_SERVER_ERROR)


def _words_of(error: HTTPException, status: int) -> Words:
    """Choose the words; a description that a view gave replaces the advice."""
    kind = (
        _WORDS.get(_ALIKE.get(status, status))
        or _WORDS[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
    )
    given: object = error.description
    if isinstance(given, str) and given in _NAMED:
        return _NAMED[given]
    if isinstance(given, LazyString) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Words(kind.code, kind.title, given, kind.icon)
    return kind


def _answer(words: Words, status: int) -> Response:
    """Make the page, or JSON for a program that asked for it."""
    own = page_locale()
    passages = [_in_language(words, own), *(_in_language(words, other) for other in LOCALES if other != own)]
    number = reference() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    if _wants_json():
        answer = jsonify(
            error=words.code, title=passages[0].title, message=passages[0].advice, reference=number
        )
    else:
        # Rendered without context processors, which may be what failed.
        page = current_app.jinja_env.get_template("web/error.html").render(
            words=words,
            passages=passages,
            reference=number,
            way_back=_way_back(status),
            front=f"{request.script_root}/" if request.path != "/" else None,
        )
        answer = make_response(page)
    answer.status_code = status
    answer.headers[ERROR_CODE_HEADER] = words.code
    return answer


def _way_back(status: int) -> str | None:
    """Return where a person may go on in their course; a defect may lie in what would have to be asked."""
    find: Callable[[], str | None] | None = current_app.extensions.get(WAY_BACK)
    return find() if find is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR else None


def _in_language(words: Words, locale: str) -> Passage:
    with force_locale(locale):
        return Passage(locale, str(words.title), str(words.advice))


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]
