"""Start a host of another environment, and speak to the pages of it that people would use."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import requests

from tests.interop.peers import ROOT, clean_environ

Members = dict[str, object]


@dataclass(frozen=True)
class ForeignHost:
    """A running host."""

    url: str

    def ask(self, path: str, told: Members | None = None) -> Members:
        """Read a page of the host that answers with JSON; what is told is posted."""
        with requests.Session() as session:
            session.trust_env = False
            method = "GET" if told is None else "POST"
            answer = session.request(method, f"{self.url}{path}", json=told, timeout=30)
        assert answer.status_code == 200, answer.text
        return cast(Members, answer.json())


@contextmanager
def running(python: Path, package: str, directory: Path) -> Iterator[ForeignHost]:
    """Run a host until the block ends."""
    command = [str(python), "-m", "tests.interop.hosts.serve"]
    command += [f"tests.interop.hosts.{package}.settings", str(directory)]
    log = directory / "host.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, log.read_text(encoding="utf-8")
            yield ForeignHost(json.loads(line)["url"])
        finally:
            process.stdin.close()
            process.wait(timeout=30)
