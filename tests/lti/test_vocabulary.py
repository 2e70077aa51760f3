"""The one module that knows the library: its words are right, with either of the two libraries."""

import ast
import subprocess
import sys
from pathlib import Path

from sca_lms.lti import vocabulary
from tests.lti.platform_double import AGS, DEEP_LINKING, LTI, NRPS

PACKAGE = Path(vocabulary.__file__).parent
WORDS = {
    "MESSAGE_TYPE": LTI + "message_type",
    "VERSION": LTI + "version",
    "DEPLOYMENT_ID": LTI + "deployment_id",
    "TARGET_LINK_URI": LTI + "target_link_uri",
    "RESOURCE_LINK": LTI + "resource_link",
    "ROLES": LTI + "roles",
    "CONTEXT": LTI + "context",
    "CUSTOM": LTI + "custom",
    "TOOL_PLATFORM": LTI + "tool_platform",
    "PRESENTATION": LTI + "launch_presentation",
    "FOR_USER": LTI + "for_user",
    "MENTEES": LTI + "role_scope_mentor",
    "DEEP_LINKING_SETTINGS": DEEP_LINKING,
    "NAMES_AND_ROLES": NRPS,
    "GRADES": AGS,
    "CONTEXT_ROLE": "membership",
    "INSTITUTION_ROLE": "institution",
    "SYSTEM_ROLE": "system",
}
COMPLETE = {
    "sub": "5",
    LTI + "version": "1.3.0",
    LTI + "roles": [],
    LTI + "resource_link": {"id": "1"},
    LTI + "message_type": "LtiResourceLinkRequest",
}


def test_every_word_is_what_the_specification_says() -> None:
    for name, word in WORDS.items():
        assert getattr(vocabulary, name) == word


def test_the_library_agrees_with_a_complete_launch_and_not_with_an_incomplete_one() -> None:
    assert vocabulary.second_opinion(COMPLETE) is None
    without_subject = {name: value for name, value in COMPLETE.items() if name != "sub"}
    assert vocabulary.second_opinion(without_subject) is None
    assert vocabulary.second_opinion({**COMPLETE, LTI + "resource_link": {}}) is not None


def test_no_other_module_imports_the_library() -> None:
    importing = set()
    for path in PACKAGE.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name.partition(".")[0] == "pylti1p3" for name in names):
                importing.add(path.name)
    assert importing == {"vocabulary.py"}


CHECK = """
import json, sys
from importlib.metadata import distributions
import runpy
words = runpy.run_path(sys.argv[2])
names = [found.metadata["Name"].lower() for found in distributions(path=[sys.argv[1]])]
installed = sorted(name for name in names if "lti1p3" in name)
told = {name: value for name, value in words.items() if isinstance(value, str) and name.isupper()}
print(json.dumps([installed, told, words["second_opinion"](json.loads(sys.argv[3]))]))
"""


def test_a_check_written_with_assert_would_vanish_and_none_is() -> None:
    """The tool decides the same under `python -O`."""
    asserting = [
        path.name
        for path in PACKAGE.glob("*.py")
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert asserting == []
    code = (
        "from sca_lms.lti.claims import read\n"
        "from sca_lms.lti.refusals import LaunchRefused\n"
        "try:\n    read({})\nexcept LaunchRefused as refusal:\n    print(refusal.reason.value)\n"
    )
    result = subprocess.run(
        [sys.executable, "-O", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent.parent,
    )
    assert result.stdout.strip() == "claim-missing"
