"""The `sca-lms` command: every package brings its own group, this module puts them together."""

import os
import sys
from typing import NoReturn

import click
from click.exceptions import NoArgsIsHelpError
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy.exc import DBAPIError, OperationalError

from sca_lms import __version__, schema
from sca_lms.app import SECTION_CHECKERS, create_app
from sca_lms.assessments.cli import questions_group
from sca_lms.bootcamp.cli import hours_group
from sca_lms.config import SettingsError, settings
from sca_lms.courses.cli import export_programme, import_programme, operator
from sca_lms.courses.cli_programme import programme_group
from sca_lms.database import db
from sca_lms.demo.cli import demo_command
from sca_lms.errors import Refused
from sca_lms.grades import cli as grades_cli
from sca_lms.inspection import inspect
from sca_lms.lti import cli as lti_cli
from sca_lms.lti import cli_directory
from sca_lms.privacy.cli import privacy_group
from sca_lms.serving import Server, check_address, place_of
from sca_lms.web.metrics import bearer_token

FAILED, USED_WRONGLY = 1, 2


def load_app() -> Flask:
    """Build the application for a command; bad settings are one clear answer, not a traceback."""
    try:
        return create_app()
    except SettingsError as error:
        raise click.ClickException("\n".join(error.problems)) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sca-lms")
@click.pass_context
def cli(context: click.Context) -> None:
    """Run a bootcamp-style training programme from inside an LTI 1.3 host."""
    context.obj = ScriptInfo(create_app=load_app)


programmes = programme_group(SECTION_CHECKERS)
programmes.add_command(import_programme)
programmes.add_command(export_programme)
for brought in (
    programmes,
    operator,
    lti_cli.platform_group,
    lti_cli.key_group,
    lti_cli.trace_group,
    cli_directory.courses_group,
    cli_directory.people_group,
    hours_group,
    questions_group,
    grades_cli.grades_group,
    privacy_group,
    grades_cli.worker_command,
    demo_command(create_app),
):
    cli.add_command(brought)


@cli.group("db")
def database() -> None:
    """Keep the database's tables where this version expects them."""


@database.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Migrate the database to this version."""
    schema.upgrade(db.engine)
    click.echo(f"The database is at revision {schema.newest_revision()}.")


@database.command("check")
@with_appcontext
def check_schema() -> None:
    """Tell whether the schema is current."""
    found = schema.problem(db.engine)
    if found:
        raise click.ClickException(found)
    click.echo("The database is current.")


@cli.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the tool in the foreground; SIGTERM stops it gracefully."""
    app = load_app()
    with app.app_context():
        found = schema.problem(db.engine)
        db.engine.dispose()
    if found:
        raise click.ClickException(found)
    check_address(host, port)
    click.echo(_what_is_served(app, place_of(host, port), workers))
    Server(load_app, host=host, port=port, workers=workers).run()


def _what_is_served(app: Flask, place: str, workers: int) -> str:
    installed = app.extensions["sca_settings"]
    kept_in = "embedded SQLite" if installed.is_sqlite else "PostgreSQL"
    processes = f"{workers} worker{'' if workers == 1 else 's'}"
    return (
        f"SCA LMS {__version__} listens on http://{place} ({processes}, {kept_in}); "
        f"people reach it at {installed.public_url}"
    )


@cli.command("check")
@with_appcontext
def check() -> None:
    """Examine the settings before going live."""
    findings = list(inspect(settings()))
    for finding in findings:
        click.echo(
            f"PROBLEM  {finding.subject}: {finding.problem}"
            if finding.problem
            else f"ok       {finding.subject}"
        )
    if any(finding.problem for finding in findings):
        raise click.ClickException("Some settings need a look; see above.")


@cli.group("metrics")
def metrics_group() -> None:
    """Let Prometheus read the figures of this installation."""


@metrics_group.command("token")
@with_appcontext
def metrics_token() -> None:
    """Print the token with which a collector reads /metrics; it follows from the secret key."""
    click.echo(bearer_token(settings().secret_key))


def main() -> NoReturn:
    """Run a command; what a user can cause ends as one clear line, never as a traceback."""
    # The database holds names and scores: nobody else on the machine reads what a command writes.
    os.umask(0o077)
    try:
        code = cli.main(prog_name="sca-lms", standalone_mode=False)
    except NoArgsIsHelpError as error:
        error.show()
        sys.exit(USED_WRONGLY)
    except click.UsageError as error:
        _show_usage(error)
        sys.exit(USED_WRONGLY)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Refused as refusal:
        _fail(str(refusal))
    except OperationalError as error:
        _fail(f"The database cannot be used: {_first_line(error)} (`sca-lms db check` says more)")
    except DBAPIError as error:
        _fail(f"The database refused: {_first_line(error)} (is the schema current? see `sca-lms db check`)")
    except BrokenPipeError:
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)


def _show_usage(error: click.UsageError) -> None:
    """Say what was wrong with a command in one line, and where its options are explained."""
    where = f" (see `{error.ctx.command_path} --help`)" if error.ctx is not None else ""
    click.echo(f"Error: {' '.join(error.format_message().split())}{where}", err=True)


def _fail(sentence: str) -> NoReturn:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(FAILED)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]
