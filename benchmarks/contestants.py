"""The tools that are measured, each set up as its documentation says and served in a process of its own."""

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browsers import Doors
from benchmarks.host import CLIENT_ID, DEPLOYMENT_ID, Host
from benchmarks.servers import Server, free_port, gunicorn, running
from tests.interop.peers import ROOT, clean_environ, environment, install, prepared, run
from tests.postgresql import Cluster, fresh_database

PYLTI1P3 = ("pylti1p3==2.0.0", "Flask==3.1.3", "Flask-Caching==2.5.1", "gunicorn==27.0.1")
DJANGO_LTI = ("django-lti==0.10.1", "Django==5.2.19", "gunicorn==27.0.1")
LTIJS = ("ltijs@5.9.9", "ltijs-sequelize@2.4.4", "pg@8.23.1")
SEE_OTHER = {302, 303}


@dataclass(frozen=True)
class Running:
    """A tool that takes launches."""

    server: Server
    doors: Doors


@dataclass(frozen=True)
class Contestant:
    """One way to build a tool."""

    name: str
    note: str
    """How it keeps what it keeps."""
    start: Callable[[Host, Path], AbstractContextManager[Running]]


def leads_on(status: int, _location: str) -> bool:
    """Tell whether an answer leads to a page of the tool."""
    return status in SEE_OTHER


@contextmanager
def bare(host: Host, directory: Path) -> Iterator[Running]:
    """The lower bound."""
    port = free_port()
    command = gunicorn(Path(sys.executable), "benchmarks.peers.bare:app", port)
    with running(command, port, log=directory / "bare.log", environ=_told(host, "bare", directory)) as server:
        yield Running(server, Doors("/login", "/launch", leads_on))


@contextmanager
def pylti1p3(host: Host, directory: Path) -> Iterator[Running]:
    """PyLTI1p3 with its cache on files."""
    python = environment("bench-pylti1p3", " ".join(PYLTI1P3), lambda made: install(made, *PYLTI1P3))
    kept = directory / "pylti1p3"
    kept.mkdir()
    port = free_port()
    told = _told(host, "pylti1p3", kept)
    command = gunicorn(python, "benchmarks.peers.pylti1p3_app:app", port)
    with running(command, port, log=directory / "pylti1p3.log", environ=told) as server:
        yield Running(server, Doors("/login", "/launch", leads_on))


@contextmanager
def django_lti(host: Host, directory: Path) -> Iterator[Running]:
    """django-lti on SQLite."""
    python = environment("bench-django-lti", " ".join(DJANGO_LTI), lambda made: install(made, *DJANGO_LTI))
    told = _told(host, "django-lti", directory)
    login = _run([str(python), "-m", "benchmarks.peers.django_lti_app.prepare"], told)
    port = free_port()
    command = gunicorn(python, "benchmarks.peers.django_lti_app.wsgi:application", port)
    # Its login begins with a page that tries cookies by JavaScript; this is the request that follows it.
    doors = Doors(login, "/launch", leads_on, {"lti1p3_new_window": "1"})
    with running(command, port, log=directory / "django-lti.log", environ=told) as server:
        yield Running(server, doors)


@contextmanager
def ltijs(host: Host, directory: Path) -> Iterator[Running]:
    """ltijs on PostgreSQL, whose processor time is counted with its own."""
    with prepared("bench-ltijs", " ".join(LTIJS)) as (place, is_new):
        if is_new:
            place.mkdir()
            (place / "package.json").write_text('{"private": true}', encoding="ascii")
            run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *LTIJS, cwd=place)
    shutil.copy(ROOT / "benchmarks" / "peers" / "ltijs_app" / "server.js", place / "server.js")
    port = free_port()
    database = f"bench_{secrets.token_hex(4)}"
    with Cluster.running() as cluster, fresh_database(cluster, database):
        told = {
            **_told(host, "ltijs", directory),
            "BENCH_PORT": str(port),
            "BENCH_DATABASE": database,
            "BENCH_SOCKET": str(cluster.socket_dir),
            "NODE_ENV": "production",
        }
        postmaster = int((cluster.socket_dir / "data" / "postmaster.pid").read_text().split()[0])
        with running(
            ["node", "server.js"],
            port,
            log=directory / "ltijs.log",
            environ=told,
            cwd=place,
            helpers=[postmaster],
            ready="ready",
        ) as server:
            yield Running(server, Doors("/login", "/launch", lambda _status, location: "ltik=" in location))


@contextmanager
def sca_lms(
    host: Host, directory: Path, *, workers: int = 1, database_url: str | None = None
) -> Iterator[Running]:
    """Our tool as it is installed: its own server, every check, log and count switched on."""
    port = free_port()
    told = {
        "SCA_LMS_DATA_DIR": str(directory / "sca-lms"),
        "SCA_LMS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
        # The browsers say where they are, as a proxy would.
        "SCA_LMS_TRUSTED_PROXIES": "1",
        "SCA_LMS_SECRET_KEY": secrets.token_urlsafe(48),
    }
    if database_url is not None:
        told["SCA_LMS_DATABASE_URL"] = database_url
    (directory / "sca-lms").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "sca_lms"]
    _run([*command, "db", "upgrade"], told)
    details = {
        "name": "Benchmark",
        "issuer": host.issuer,
        "client-id": CLIENT_ID,
        "deployment-id": DEPLOYMENT_ID,
        "auth-login-url": f"{host.issuer}/auth",
        "auth-token-url": f"{host.issuer}/token",
        "jwks-url": host.key_set_url("sca-lms"),
    }
    options = [part for name, value in details.items() for part in (f"--{name}", value)]
    assert json.loads(_run([*command, "platform", "add", *options], told))["id"]
    serve = [*command, "serve", "--port", str(port), "--workers", str(workers)]
    with running(serve, port, log=directory / "sca-lms.log", environ=told) as server:
        yield Running(server, Doors("/lti/login", "/lti/launch", lambda status, _location: status == 303))


def _told(host: Host, tool: str, directory: Path) -> dict[str, str]:
    """Return what a peer reads from its environment."""
    return {
        "BENCH_ISSUER": host.issuer,
        "BENCH_CLIENT_ID": CLIENT_ID,
        "BENCH_DEPLOYMENT_ID": DEPLOYMENT_ID,
        "BENCH_KEY_SET_URL": host.key_set_url(tool),
        "BENCH_DIRECTORY": str(directory),
    }


def _run(command: list[str], told: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**clean_environ(), **told}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:5])}: {done.stderr[-2000:]}")
    return done.stdout.strip()


CONTESTANTS = (
    Contestant("sca-lms", "SQLite", sca_lms),
    Contestant("bare", "cached key, keeps nothing", bare),
    Contestant("pylti1p3", "cache on files", pylti1p3),
    Contestant("django-lti", "SQLite", django_lti),
    Contestant("ltijs", "PostgreSQL", ltijs),
)
