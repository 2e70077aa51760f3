"""Resolve the dependencies anew into the two lock files, with hashes and without naming an index."""

import configparser
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The build backend is installed from the lock too, so that an editable install works without a network.
BUILD = ["setuptools>=80", "wheel"]
# Hosts that nobody here wrote, and the fork of the library; the tests install them apart.
INTEROP = ["lti-consumer-xblock", "lti1p3platform", "jinja2", "setuptools<81", "pylti1p3next==2.0.2"]
OPTIONS = [
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--python-version",
    "3.11",
]


def resolve(requirements: list[str], output: str) -> None:
    """Write one lock file for the wanted requirements."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "requirements.in"
        source.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *OPTIONS]
        command += ["-o", str(ROOT / output), str(source)]
        subprocess.run(command, check=True, cwd=directory)  # noqa: S603 - Our own tool with our own arguments.


def main() -> None:
    """Lock what runs, then what develops on top of it."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    run = config["options"]["install_requires"].split("\n")
    develop = config["options.extras_require"]["dev"].split("\n")
    resolve(BUILD + run, "requirements.lock")
    resolve(INTEROP, "requirements-interop.lock")
    resolve([f"-c {ROOT / 'requirements.lock'}", *BUILD, *run, *develop], "requirements-dev.lock")


if __name__ == "__main__":
    main()
