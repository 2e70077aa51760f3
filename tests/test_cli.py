"""The command answers with one clear line and the right exit code, whatever a person does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator would, in a directory of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCA_LMS_")}
    return subprocess.run(
        [sys.executable, "-m", "sca_lms", *arguments],
        env={**clean, "SCA_LMS_DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (["nonsense"], {}, 2, "No such command"),
        (["serve", "--port", "0"], {}, 2, "not in the range"),
        (["hours", "award", "1"], {}, 2, "Missing argument 'PERSON'. (see `sca-lms hours award --help`)"),
        (["serve"], {}, 1, "run `sca-lms db upgrade`"),
        (["db", "check"], {}, 1, "The database is empty"),
        (["courses", "list"], {"SCA_LMS_PUBLIC_ULR": "x"}, 1, "did you mean SCA_LMS_PUBLIC_URL"),
        (["courses", "list"], {}, 1, "sca-lms db"),
        (["db", "check"], {"SCA_LMS_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, 1, "cannot be used"),
        (["programme", "validate", "missing.yaml"], {}, 2, "missing.yaml"),
    ],
)
def test_a_mistake_ends_as_a_clear_line_without_a_traceback(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], code: int, words: str
) -> None:
    answer = run(tmp_path, *arguments, **environment)
    assert answer.returncode == code
    assert words in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_fresh_installation_is_migrated_checked_and_filled(tmp_path: Path) -> None:
    assert run(tmp_path, "db", "upgrade").returncode == 0
    assert run(tmp_path, "db", "check").returncode == 0
    sample = Path(__file__).parent.parent / "programmes" / "sca-gen2.yaml"
    imported = run(tmp_path, "programme", "import", str(sample))
    assert imported.stdout == "SCA-GEN2 revision 1 is stored as a template.\n"
    exported = run(tmp_path, "programme", "export", "SCA-GEN2")
    copy = tmp_path / "copy.yaml"
    copy.write_text(exported.stdout, encoding="utf-8")
    again = run(tmp_path, "programme", "import", str(copy))
    assert again.stdout == "SCA-GEN2 revision 1 is stored as a template.\n"
    link = run(tmp_path, "operator", "link")
    assert link.stdout.startswith("http://127.0.0.1:8000/operator/enter?token=")
    looked_over = run(tmp_path, "check")
    assert looked_over.returncode == 1
    assert "PROBLEM  public address" in looked_over.stdout
    for subject in ("the data directory", "the secret key", "the database"):
        assert f"ok       access to {subject}\n" in looked_over.stdout
    (tmp_path / "sca-lms.sqlite3").chmod(0o644)
    (tmp_path / "secret-key").chmod(0o640)
    tmp_path.chmod(0o755)
    opened = run(tmp_path, "check").stdout
    for subject, file, mode in (
        ("the data directory", tmp_path, 700),
        ("the secret key", tmp_path / "secret-key", 600),
        ("the database", tmp_path / "sca-lms.sqlite3", 600),
    ):
        assert f"PROBLEM  access to {subject}: {file} is open to others" in opened
        assert f"chmod {mode} it" in opened
    printed = run(tmp_path, "metrics", "token").stdout
    assert re.fullmatch(r"[0-9a-f]{64}\n", printed)
    assert printed == run(tmp_path, "metrics", "token").stdout
