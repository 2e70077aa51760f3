"""`sca-lms demo`: the tool, a worker and a pretend LMS on this machine, with the sample programme."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import click
import requests
from flask import Flask

from sca_lms import clock, schema
from sca_lms.config import PREFIX, Settings
from sca_lms.courses.programmes import Applier
from sca_lms.database import db, transaction
from sca_lms.demo.addresses import Addresses
from sca_lms.demo.platform import CLIENT_ID, DEPLOYMENT_ID, register_standard_tool
from sca_lms.demo.sample import COURSE_ID, sample_site
from sca_lms.demo.seeding import Host, days_to_shift, seed
from sca_lms.demo.site import Tool
from sca_lms.errors import Refused
from sca_lms.lti import scopes
from sca_lms.programmes import programme_file

MARKER = ".sca-lms-demo"
PLATFORM_PORT_OFFSET = 100
LARGEST_PORT = 65535 - PLATFORM_PORT_OFFSET
START_SECONDS = 180
STOP_SECONDS = 10
SAMPLE = Path(__file__).resolve().parent.parent.parent / "programmes" / "sca-gen2.yaml"


class DemoRefused(Refused):
    """The demo would touch something that is not its own."""

    code = "demo-refused"


def demo_command(create_app: Callable[[Settings], Flask]) -> click.Command:
    """Return the command; the application factory comes from above."""

    @click.command("demo")
    @click.option(
        "--port",
        default=8000,
        show_default=True,
        type=click.IntRange(1024, LARGEST_PORT),
        help="The tool's port; the pretend LMS takes the one a hundred above.",
    )
    @click.option(
        "--data-dir",
        default="var/demo",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the demo keeps its own database.",
    )
    @click.option("--fresh", is_flag=True, help="Forget what happened in an earlier demo.")
    def demo(port: int, data_dir: Path, fresh: bool) -> None:
        """Start the tool and a pretend LMS with the sample programme, and print one URL."""
        data_dir = data_dir.absolute()
        _refuse_what_is_not_ours(data_dir)
        for number in (port, port + PLATFORM_PORT_OFFSET):
            _refuse_busy_port(number)
        if fresh:
            shutil.rmtree(data_dir, ignore_errors=True)
        environment = _environment(port, data_dir)
        platform_url = f"http://localhost:{port + PLATFORM_PORT_OFFSET}"
        prepare(create_app, Settings.from_environment(environment), data_dir, platform_url)
        _run(port, data_dir, platform_url, environment)

    return demo


def prepare(
    create_app: Callable[[Settings], Flask], settings: Settings, data_dir: Path, platform_url: str
) -> None:
    """Make the demo's database and fill it once; a finished one is left as it is."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker = data_dir / MARKER
    app = create_app(settings)
    with app.app_context():
        schema.upgrade(db.engine)
        if marker.exists():
            db.engine.dispose()
            _refuse_another_port(marker.read_text(encoding="ascii").strip(), platform_url)
            return
        click.echo("Preparing the sample programme …", err=True)
        checked = programme_file.check(SAMPLE.read_bytes(), checkers=app.extensions["sca_section_checkers"])
        if checked.faults:
            raise DemoRefused(f"The sample programme has faults: sca-lms programme validate {SAMPLE}")
        at = clock.now()
        days = days_to_shift(checked.document, today=at.date())
        shifted = programme_file.shift_dates(checked.document, days)
        site = sample_site(shifted, client_id=CLIENT_ID)
        register_standard_tool(site, settings.public_url)
        appliers: Sequence[Applier] = app.extensions["sca_programme_appliers"]
        with transaction():
            seed(shifted, site, _host(platform_url, site.tools[CLIENT_ID]), appliers, at=at)
        db.engine.dispose()
    marker.write_text(platform_url + "\n", encoding="ascii")


def _host(platform_url: str, tool: Tool) -> Host:
    addresses = Addresses(platform_url, type_in_query=True)
    return Host(
        issuer=platform_url,
        client_id=tool.client_id,
        deployment_id=DEPLOYMENT_ID,
        auth_login_url=addresses.authorization,
        auth_token_url=addresses.tokens,
        jwks_url=addresses.keys,
        lineitems_url=addresses.line_items(COURSE_ID, tool),
        ags_scopes=[scopes.LINE_ITEM, scopes.LINE_ITEM_READ, scopes.RESULT, scopes.SCORE],
    )


def _refuse_what_is_not_ours(data_dir: Path) -> None:
    """A demo never opens a database that it did not make itself."""
    given = sorted(name for name in os.environ if name.startswith(PREFIX))
    if given:
        raise DemoRefused(
            f"The demo uses its own settings and database. Unset {', '.join(given)}; nothing was touched."
        )
    if data_dir.exists() and any(data_dir.iterdir()) and not (data_dir / MARKER).exists():
        raise DemoRefused(
            f"{data_dir} holds something that is no demo. Choose another --data-dir; nothing was touched."
        )


def _refuse_another_port(made_for: str, platform_url: str) -> None:
    """The sample's host is known by its address, so a demo stays on the ports it was made for."""
    if made_for != platform_url:
        raise DemoRefused(
            f"This demo was made for {made_for}. Use that port again, another --data-dir, or --fresh."
        )


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoRefused(f"Port {port} is in use. Choose another one with --port.") from error


def _environment(port: int, data_dir: Path) -> dict[str, str]:
    return {
        "SCA_LMS_DATA_DIR": str(data_dir),
        "SCA_LMS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
        "SCA_LMS_LOG_LEVEL": "warning",
    }


def _run(port: int, data_dir: Path, platform_url: str, environment: dict[str, str]) -> None:
    """Run the three processes until the person at the terminal stops them, or one of them ends."""
    command = [sys.executable, "-m", "sca_lms"]
    tool_url = environment["SCA_LMS_PUBLIC_URL"]
    lms = [
        *(sys.executable, "-m", "sca_lms.demo.platform"),
        *("--port", str(port + PLATFORM_PORT_OFFSET)),
        *("--tool-url", tool_url),
        *("--programme", str(SAMPLE)),
        *("--state-file", str(data_dir / "pretend-lms.json")),
    ]
    commands = [[*command, "serve", "--port", str(port), "--workers", "1"], [*command, "worker"], lms]
    running: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, _stop)
    try:
        everything = {**os.environ, **environment}
        # One after the other into the list, so that those which run are ended when one cannot start.
        for arguments in commands:
            process = subprocess.Popen(arguments, env=everything, stdout=subprocess.DEVNULL)  # noqa: S603 - Our own program.
            running.append(process)
        _wait_until_ready(running, [f"{tool_url}/healthz", platform_url])
        click.echo(f"\n  Open {platform_url}\n\n  Ctrl+C stops the demo; --fresh begins a new one.\n")
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        raise DemoRefused("One of the demo's processes has ended; its last lines stand above.")
    except KeyboardInterrupt:
        click.echo("Stopping …", err=True)
    finally:
        _end(running)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_ready(running: Sequence[subprocess.Popen[bytes]], addresses: Sequence[str]) -> None:
    patience = time.monotonic() + START_SECONDS
    waiting = list(addresses)
    with requests.Session() as browser:
        browser.trust_env = False
        while waiting:
            if any(process.poll() is not None for process in running) or time.monotonic() > patience:
                raise DemoRefused("The demo could not be started; the last lines above say why.")
            try:
                browser.get(waiting[0], timeout=2).raise_for_status()
                waiting.pop(0)
            except requests.RequestException:
                time.sleep(0.2)


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
