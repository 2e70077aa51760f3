"""The tool on a real port of loopback, and a browser that takes people from a host to it."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from flask import Flask
from werkzeug.serving import make_server

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.database import db, transaction
from sca_lms.demo.platform import QuietHandler
from sca_lms.lti.ags import GradeServices
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.models import Platform
from sca_lms.lti.outbound import outbound
from sca_lms.lti.platforms import add_platform
from tests.interop.foreign import Members

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Tool:
    """The running tool."""

    app: Flask
    url: str

    @property
    def addresses(self) -> Members:
        """Return what a host's administrator is told."""
        doors = {"login": "/lti/login", "launch": "/lti/launch", "key_set": "/lti/jwks.json"}
        return {name: f"{self.url}{path}" for name, path in doors.items()}

    def add_host(self, details: Members, *, profile: str) -> int:
        """Register a host by what its pages show, and return its id."""
        names = ("issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url")
        with self.app.app_context(), transaction():
            added = add_platform(
                PlatformDetails(
                    name="A host of tests",
                    profile=profile,
                    deployments=(str(details["deployment_id"]),),
                    **{name: str(details[name]) for name in names},
                ),
                allow_private=True,
                at=clock.now(),
            )
            return added.id

    @contextmanager
    def services(self, platform_id: int) -> Iterator[tuple[Platform, GradeServices]]:
        """Call the services of a host as the worker does."""
        with self.app.app_context():
            platform = db.session.get_one(Platform, platform_id)
            yield platform, GradeServices(platform, way_out=outbound(), now=clock.now)


@contextmanager
def running_tool(database_url: str, data_dir: Path) -> Iterator[Tool]:
    """Run the tool until the block ends; its tables are there."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        app = create_app(
            Settings(
                database_url=database_url,
                data_dir=data_dir,
                public_url=url,
                secret_key="a-test-key-that-is-long-enough-0123456789",
                allow_private_platforms=True,
                log_level="error",
            )
        )
        server = make_server(
            "127.0.0.1", 0, app, threaded=True, fd=door.fileno(), request_handler=QuietHandler
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Tool(app, url)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


@dataclass(frozen=True)
class Form:
    """A form of a page, with what it would send."""

    action: str
    fields: Mapping[str, str]


class Browser:
    """Goes where pages lead and keeps cookies, as a person's browser does without JavaScript."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def get(self, url: str) -> requests.Response:
        """Open an address without following where it leads."""
        return self._ask("GET", url)

    def send(self, form: Form, **changes: str) -> requests.Response:
        """Send a form."""
        return self._ask("POST", form.action, {**form.fields, **changes})

    def _ask(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> requests.Response:
        answer = self._session.request(
            method, url, data=fields, allow_redirects=False, timeout=PATIENCE_SECONDS
        )
        for cookie in self._session.cookies:
            # Browsers count loopback as secure; this library does not.
            cookie.secure = False
        return answer

    def follow(self, answer: requests.Response) -> requests.Response:
        """Go where an answer leads."""
        assert answer.status_code in {302, 303}, (answer.status_code, answer.text[:2000])
        return self.get(urljoin(answer.url, answer.headers["Location"]))

    def arrive(self, answer: requests.Response) -> requests.Response:
        """Go on until there is a page."""
        while answer.status_code in {302, 303}:
            answer = self.follow(answer)
        assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
        return answer

    def authenticate(self, start_url: str) -> requests.Response:
        """Go through the tool's login to the host, and return the page with which the host answers."""
        return self.follow(self.get(start_url))

    def launch(self, start_url: str) -> requests.Response:
        """Go the whole way of a launch and return the tool's answer to it."""
        page = self.authenticate(start_url)
        assert page.status_code == 200, page.text
        [form] = forms_of(page)
        assert "id_token" in form.fields
        return self.send(form)


def path_of(answer: requests.Response) -> str:
    """Return where an accepted launch leads."""
    assert answer.status_code == 303, (answer.headers.get("X-Error-Code"), answer.text[:2000])
    return urlsplit(answer.headers["Location"]).path


def forms_of(page: requests.Response) -> list[Form]:
    """Return the forms of a page that are sent by POST."""
    reader = _FormReader(page.url)
    reader.feed(page.text)
    return reader.found


class _FormReader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: list[Form] = []
        self._fields: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and told.get("method", "").lower() == "post":
            self._fields = {}
            self.found.append(Form(urljoin(self.base, told.get("action", "")), self._fields))
        elif tag == "input" and self._fields is not None and told.get("name"):
            self._fields.setdefault(told["name"], told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
