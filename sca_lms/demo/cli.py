"""`sca-lms demo`: the tool, a worker and a pretend LMS on this machine, with the sample programme."""

import os
import shlex
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from flask import Flask

from sca_lms import clock, schema
from sca_lms.bootcamp.jobs import refresh_outlooks
from sca_lms.config import PREFIX, Settings
from sca_lms.courses.programmes import Applier
from sca_lms.database import db, transaction
from sca_lms.demo import directory, processes
from sca_lms.demo.addresses import Addresses
from sca_lms.demo.directory import DemoRefused
from sca_lms.demo.platform import CLIENT_ID, DEPLOYMENT_ID, register_standard_tool
from sca_lms.demo.sample import COURSE_ID, sample_site
from sca_lms.demo.seeding import Host, days_to_shift, seed
from sca_lms.demo.site import SiteState
from sca_lms.guidance.cohort_jobs import work_out_figures
from sca_lms.guidance.jobs import refresh_snapshots
from sca_lms.guidance.report_jobs import make_reports
from sca_lms.lti import scopes
from sca_lms.programmes import programme_file

PLATFORM_PORT_OFFSET = 100
LARGEST_PORT = 65535 - PLATFORM_PORT_OFFSET
SAMPLE = Path(__file__).resolve().parent.parent.parent / "programmes" / "sca-gen2.yaml"


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
        _refuse_settings_of_others()
        with directory.claimed(data_dir.absolute()):
            _demonstrate(create_app, port, data_dir.absolute(), fresh=fresh)

    return demo


def prepare(
    create_app: Callable[[Settings], Flask], settings: Settings, data_dir: Path, platform_url: str
) -> None:
    """Make the demo's database and fill it once; a finished one is left as it is."""
    address = directory.made_for(data_dir)
    if address and address != platform_url:
        # The sample's host is known by its address, so a demo stays on the ports it was made for.
        raise DemoRefused(
            f"This demo was made for {address}. Use that port again, another --data-dir, or --fresh."
        )
    app = create_app(settings)
    with app.app_context():
        schema.upgrade(db.engine)
        if not address:
            click.echo("Preparing the sample programme; the first start takes a minute or two …", err=True)
            _fill(app, settings, platform_url)
        db.engine.dispose()
    directory.complete(data_dir, platform_url)


def _demonstrate(create_app: Callable[[Settings], Flask], port: int, data_dir: Path, *, fresh: bool) -> None:
    for number in (port, port + PLATFORM_PORT_OFFSET):
        _refuse_busy_port(number)
    if fresh or not directory.made_for(data_dir):
        directory.empty(data_dir)
    environment = _environment(port, data_dir)
    platform_url = f"http://localhost:{port + PLATFORM_PORT_OFFSET}"
    prepare(create_app, Settings.from_environment(environment), data_dir, platform_url)
    settings_file = directory.write_environment(data_dir, environment)
    tool_url = environment["SCA_LMS_PUBLIC_URL"]
    processes.run(
        _commands(port, data_dir, tool_url),
        environment,
        answering=[f"{tool_url}/healthz", platform_url],
        ready=lambda: _welcome(platform_url, settings_file),
    )
    click.echo("The demo has stopped; the same command goes on with it.", err=True)


def _fill(app: Flask, settings: Settings, platform_url: str) -> None:
    checked = programme_file.check(SAMPLE.read_bytes(), checkers=app.extensions["sca_section_checkers"])
    if checked.faults:
        raise DemoRefused(f"The sample programme has faults: sca-lms programme validate {SAMPLE}")
    at = clock.now()
    shifted = programme_file.shift_dates(checked.document, days_to_shift(checked.document, today=at.date()))
    site = sample_site(shifted, client_id=CLIENT_ID)
    register_standard_tool(site, settings.public_url)
    appliers: Sequence[Applier] = app.extensions["sca_programme_appliers"]
    with transaction():
        seed(shifted, site, _host(platform_url, site), appliers, at=at)
    # What the worker would have done a minute later, so that the first page that is opened is whole.
    for work_out in (refresh_outlooks, refresh_snapshots, work_out_figures, make_reports):
        work_out(at)


def _host(platform_url: str, site: SiteState) -> Host:
    addresses = Addresses(platform_url, type_in_query=True)
    tool = site.tools[CLIENT_ID]
    return Host(
        issuer=platform_url,
        client_id=tool.client_id,
        deployment_id=DEPLOYMENT_ID,
        auth_login_url=addresses.authorization,
        auth_token_url=addresses.tokens,
        jwks_url=addresses.keys,
        lineitems_url=addresses.line_items(COURSE_ID, tool),
        memberships_url=addresses.memberships(site.courses[COURSE_ID], tool),
        line_items={
            item.activity_id: addresses.line_item(item, tool)
            for item in site.columns(COURSE_ID)
            if item.activity_id
        },
        ags_scopes=[scopes.LINE_ITEM, scopes.LINE_ITEM_READ, scopes.RESULT, scopes.SCORE],
    )


def _refuse_settings_of_others() -> None:
    """A demo never opens a database that it did not make itself."""
    given = sorted(name for name in os.environ if name.startswith(PREFIX))
    if given:
        raise DemoRefused(
            f"The demo uses its own settings and database. Unset {', '.join(given)}; nothing was touched."
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


def _commands(port: int, data_dir: Path, tool_url: str) -> list[list[str]]:
    """Return what is started: the tool's server, its worker, and the pretend LMS."""
    command = [sys.executable, "-m", "sca_lms"]
    lms = [
        *(sys.executable, "-m", "sca_lms.demo.platform"),
        *("--port", str(port + PLATFORM_PORT_OFFSET)),
        *("--tool-url", tool_url),
        *("--programme", str(SAMPLE)),
        *("--state-file", str(data_dir / "pretend-lms.json")),
    ]
    return [[*command, "serve", "--port", str(port), "--workers", "1"], [*command, "worker"], lms]


def _welcome(platform_url: str, settings_file: Path) -> None:
    command = Path(sys.executable).with_name("sca-lms")
    script = _near(command) if command.exists() else "sca-lms"
    click.echo(
        f"\n  Open {platform_url}\n\n"
        "  To look into this demo from another terminal:\n"
        f"    set -a; . {_near(settings_file)}; set +a\n"
        f"    {script} courses list\n\n"
        "  Ctrl+C stops the demo; --fresh begins a new one.\n"
    )


def _near(path: Path) -> str:
    """Write a path for a shell, from the present directory on where it lies below it."""
    here = Path.cwd()
    # A path without a slash would be looked for among the commands.
    return shlex.quote(f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path))
