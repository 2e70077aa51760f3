"""A host's page on another site, for real browsers: it frames the tool, signs launches and may keep values.

The tool stands on 127.0.0.1 and the host on localhost, which browsers take for two sites.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, render_template_string, request
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.database import Base, db
from tests.lti.platform_double import Host, connected

COURSE = """<!doctype html><html lang="en"><title>A course</title>
<h1>Course page of the host</h1>
<form method="post" action="{{ tool }}/lti/login" target="tool" id="launch">
  <input type="hidden" name="iss" value="{{ host.issuer }}">
  <input type="hidden" name="client_id" value="{{ host.client_id }}">
  <input type="hidden" name="login_hint" value="5">
  <input type="hidden" name="target_link_uri" value="{{ tool }}/lti/launch">
  {% if storage != "none" %}<input type="hidden" name="lti_storage_target" value="_parent">{% endif %}
  <button>Open the activity</button>
</form>
<iframe name="tool" title="tool" width="900" height="700"></iframe>
{% if storage == "kept" %}<script>
  const kept = new Map();
  window.told = [];
  window.addEventListener("message", (event) => {
    const said = event.data;
    const place = (key) => event.origin + key;
    const answers = {
      "lti.capabilities": () => ({
        supported_messages: [{ subject: "lti.put_data" }, { subject: "lti.get_data" }],
      }),
      "lti.put_data": ({ key, value }) => (kept.set(place(key), value), { key, value }),
      "lti.get_data": ({ key }) => ({ key, value: kept.get(place(key)) }),
    };
    if (!said || !answers[said.subject]) return;
    // Each page asks as well whether its height is of interest; that is no step of the ladder.
    if (said.message_id !== "sca-lms-frame") window.told.push(said.subject);
    const answer = { subject: `${said.subject}.response`, message_id: said.message_id };
    event.source.postMessage({ ...answer, ...answers[said.subject](said) }, event.origin);
  });
</script>{% endif %}</html>"""

POST_BACK = """<!doctype html><html lang="en"><title>Signed</title>
<form method="post" action="{{ to }}" id="back">
  <input type="hidden" name="state" value="{{ state }}">
  <input type="hidden" name="id_token" value="{{ token }}">
  <button>Go on</button>
</form><script>document.getElementById("back").submit()</script></html>"""


class WithoutPartitions:
    """Make every browser look like one that keeps no partitioned cookies: they never come to it."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            plain = [(name, value) for name, value in headers if not value.endswith("; Partitioned")]
            return start_response(status, plain, *rest)  # type: ignore[arg-type]  # Passed on as it came.

        return self.application(environ, start)  # type: ignore[arg-type]  # As above.


class House:
    """The tool and a host, both running."""

    def __init__(self, tool: str, lms: str, app: Flask, host: Host) -> None:
        self.tool, self.lms, self.app, self.host = tool, lms, app, host

    def course(self, storage: str = "none") -> str:
        """Return the address of a page whose host keeps values, offers to but never answers, or neither."""
        return f"{self.lms}/course?storage={storage}"


@contextmanager
def running(directory: Path, *, partitions: bool = True) -> Iterator[House]:
    """Run the tool on 127.0.0.1 and the host on localhost until the block ends."""
    waiting: dict[str, WSGIApplication] = {}

    def not_yet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # The port is part of the tool's own address, so it must be known before the application is made.
        return waiting["tool"](environ, start_response)

    tool_server = make_server("127.0.0.1", 0, not_yet, threaded=True)
    tool = f"http://127.0.0.1:{tool_server.port}"
    app = create_app(
        Settings(
            database_url=f"sqlite:///{directory / 'ladder.sqlite3'}",
            data_dir=directory,
            public_url=tool,
            secret_key="a-test-key-that-is-long-enough-0123456789",
            allow_private_platforms=True,
            log_level="error",
        )
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
    waiting["tool"] = app.wsgi_app if partitions else WithoutPartitions(app.wsgi_app)
    lms_app = Flask("host")
    lms_server = make_server("localhost", 0, lms_app, threaded=True)
    lms = f"http://localhost:{lms_server.port}"
    host = Host(app, connected(app), issuer=lms).register()
    _routes(lms_app, tool, host)
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        for server in (tool_server, lms_server)
    ]
    for thread in threads:
        thread.start()
    try:
        yield House(tool, lms, app, host)
    finally:
        for server in (tool_server, lms_server):
            server.shutdown()
        for thread in threads:
            thread.join()
        for server in (tool_server, lms_server):
            server.server_close()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _routes(lms: Flask, tool: str, host: Host) -> None:
    @lms.get("/course")
    def course() -> str:
        return render_template_string(COURSE, tool=tool, host=host, storage=request.args["storage"])

    @lms.get("/auth")
    def authenticate() -> str:
        shown = {
            "locale": request.accept_languages.best_match(["th", "en"]),
            "return_url": f"{host.issuer}/course?storage=none",
        }
        claims = host.claims(
            request.args["nonce"], target_link_uri=f"{tool}/lti/launch", launch_presentation=shown
        )
        return render_template_string(
            POST_BACK, to=request.args["redirect_uri"], state=request.args["state"], token=host.sign(claims)
        )
