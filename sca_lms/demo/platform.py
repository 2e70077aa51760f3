"""Put the pretend LMS together as a Flask application, and serve it from a shell."""

import argparse
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import yaml
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server

from sca_lms.demo import (
    admin_views,
    gradebook_views,
    launch_views,
    pages,
    registration_views,
    service_views,
)
from sca_lms.demo.addresses import origin
from sca_lms.demo.lms import EXTENSION, PretendLms, current_lms
from sca_lms.demo.personalities import PERSONALITIES, PRETEND
from sca_lms.demo.sample import sample_site
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import SiteState
from sca_lms.demo.visitor import language, local, moment, page, role_name
from sca_lms.errors import Refused

COOKIE = "pretendlms"
CLIENT_ID = "sca-lms-demo"
DEPLOYMENT_ID = "1"
DEFAULT_PORT = 8100
LARGEST_BODY = 2_000_000


def create_platform(settings: PlatformSettings) -> Flask:
    """Make the application; `app.extensions["pretend_lms"]` is the LMS itself."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key or secrets.token_hex(32),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_BODY,
    )
    app.extensions[EXTENSION] = PretendLms(settings)
    Babel(app, locale_selector=language)  # type: ignore[no-untyped-call] # Flask-Babel has no types.
    app.jinja_env.filters.update(local=local, moment=moment, role_name=role_name)
    app.jinja_options["autoescape"] = True
    for blueprint in (
        pages.bp,
        launch_views.bp,
        gradebook_views.bp,
        admin_views.bp,
        service_views.bp,
        registration_views.bp,
    ):
        app.register_blueprint(blueprint)
    app.after_request(_harden)
    app.register_error_handler(HTTPException, _failed)
    return app


def lms_of(app: Flask) -> PretendLms:
    """Return the LMS inside an application."""
    with app.app_context():
        return current_lms()


def register_standard_tool(
    site: SiteState,
    tool_url: str,
    *,
    client_id: str = CLIENT_ID,
    deployment_ids: Sequence[str] = (DEPLOYMENT_ID,),
    custom: Mapping[str, str] | None = None,
) -> None:
    """Register SCA LMS at its documented addresses below `tool_url`."""
    site.register_tool(
        client_id,
        initiate_login_uri=f"{tool_url}/lti/login",
        redirect_uris=[f"{tool_url}/lti/launch"],
        jwks_uri=f"{tool_url}/lti/jwks.json",
        target_link_uri=f"{tool_url}/lti/launch",
        deployment_ids=deployment_ids,
        custom=custom,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the sample site until it is interrupted."""
    parser = _parser()
    given = parser.parse_args(arguments)
    base_url = f"http://localhost:{given.port}"
    try:
        with given.programme.open(encoding="utf-8") as file:
            document = yaml.safe_load(file)
        site = sample_site(document if isinstance(document, dict) else {}, client_id=given.client_id)
        register_standard_tool(
            site,
            given.tool_url.rstrip("/"),
            client_id=given.client_id,
            deployment_ids=[given.deployment_id],
        )
        app = create_platform(
            PlatformSettings(
                base_url=base_url,
                site=site,
                personality=PERSONALITIES[given.personality],
                state_file=given.state_file,
            )
        )
        server = make_server(given.host, given.port, app, threaded=True, request_handler=QuietHandler)
    except (OSError, yaml.YAMLError, Refused) as error:
        parser.exit(1, f"{parser.prog}: {' '.join(str(error).split())}\n")
    sys.stdout.write(f"The pretend LMS answers at {base_url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.shutdown()
    finally:
        server.server_close()
    return 0


class QuietHandler(WSGIRequestHandler):
    """Serve without a line for every request, which would bury what the demo says."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


class _OneLineParser(argparse.ArgumentParser):
    """Say what is wrong in one line, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="sca_lms.demo.platform", description="Serve a pretend LMS on loopback.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--tool-url", required=True, type=_web_address, help="where SCA LMS answers")
    parser.add_argument("--programme", required=True, type=Path, help="the programme file with the sample")
    parser.add_argument("--personality", choices=sorted(PERSONALITIES), default=PRETEND.name)
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--deployment-id", default=DEPLOYMENT_ID)
    parser.add_argument("--state-file", type=Path, help="keeps gradebook, activities, tools and keys")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def _web_address(text: str) -> str:
    if not origin(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an http address")
    return text


def _harden(response: Response) -> Response:
    """Allow scripts, styles and frames of this site, and frames and forms of the registered tools."""
    with current_lms().reading() as site:
        tools = {
            origin(uri)
            for tool in site.tools.values()
            for uri in (tool.initiate_login_uri, tool.target_link_uri, *tool.redirect_uris)
        }
    origins = " ".join(sorted(filter(None, tools | g.get("origins", set()))))
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
        f"base-uri 'none'; frame-ancestors 'self'; frame-src 'self' {origins}; form-action 'self' {origins}"
    ).rstrip()
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if response.mimetype == "text/html" and not response.cache_control.max_age:
        response.headers["Cache-Control"] = "no-store"
    return response


def _failed(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if request.path.startswith("/lti/services/"):
        return {"status": status, "reason": error.name}, status
    titles = {
        401: _("Who are you?"),
        403: _("This page is not for you"),
        404: _("There is no such page"),
    }
    text = error.description or ""
    known = status in {401, 403} and error.description != type(error).description
    return page(
        "message.html",
        status=status,
        title=titles.get(status, error.name),
        text=text if known else "",
        course_id="",
    )


if __name__ == "__main__":
    sys.exit(main())
