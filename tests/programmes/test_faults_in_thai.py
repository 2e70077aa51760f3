"""Whatever is wrong in a programme file, its author reads it in Thai, and commands print it in English."""

import copy
import random
import re
from collections.abc import Iterator

import pytest
from flask import Flask, g

from sca_lms.programmes import programme_file
from sca_lms.programmes.faults import Fault, find
from sca_lms.programmes.schema import PROGRAMME_FILE
from sca_lms.texts import Worded
from sca_lms.web import i18n
from sca_lms.web.formats import spoken
from tests.programmes.samples import CHECKERS, SAMPLE, sample_document, sample_text
from tests.programmes.schema_walk import documented_rows
from tests.programmes.test_faults import SPOILT_IN_ONE_PLACE

THAI = re.compile("[ก-๙]")
BATCHES = 12
NO_PROGRAMMES = [
    b"",
    b"\xff\xfe",
    b"a\x00b",
    b"a: [1",
    b"a:\n\tb: 1",
    b"a: b: c",
    b"a: 'b",
    b"a: %x",
    b"- 1\n---\n- 2",
    b"a: *b",
    b"? [a]\n: 1",
    b": 1",
    b"a: !!python/object:os.system x",
    b'a: "\\U00110000"',
    b'a: "\\x01"',
    b"a: 1\na: 2",
    b"a: " + b"[" * 50,
    b"<<: 1",
    b"a: 1" + b" " * 6_000_000,
    b"x_a: [" + b"1," * 200_001 + b"]",
    b"- 1",
    b"a: }",
    b"a: 1\nb: [1, 2\nc: 3\n",
    b"a: {b: 1, c\n",
    b"a: 1\n b: 2\n",
    b"a: - b",
    b"- a\nb: 1\n",
    b"a: 1\nb\nc: 2\n",
    b"a: @x",
    b"a: &\n",
    b"a: !foo!bar x",
    b"a: !<x",
    b"a: '\n---\nx'\n",
    b"%FOO x",
    b"%YAML 9.9\n---\na: 1",
    b"a: |x\n b",
    b"a: |0\n b",
    b'a: "\\q"',
    b'a: "\\xZZ"',
    b"a: 'x' y",
]
# What the YAML parsers say themselves, in English.
PARSERS_WORDS = re.compile("while |found |expected|not allowed|could not|parsing|scanning|token|scalar")


@pytest.fixture(autouse=True)
def request_in_thai() -> Iterator[None]:
    house = Flask("sca_lms")
    i18n.init_app(house)
    with house.test_request_context("/"):
        g.locale_choice = "th"
        yield


def assert_said_in_thai(faults: list[Fault]) -> None:
    for fault in faults:
        assert isinstance(fault.reason, Worded), fault
        said = spoken(fault.reason)
        assert PARSERS_WORDS.search(said) is None, fault
        assert THAI.search(said), fault
        assert spoken_parts(fault.reason) == [], fault
        assert fault.field != "file" or spoken(fault.field) == "ไฟล์"


def spoken_parts(text: Worded) -> list[str]:
    """Name the parts of a text that have no Thai."""
    inner = [value for value in text.values.values() if isinstance(value, Worded)]
    rest = re.sub(r"%\([a-z_]+\)[rs]", "", text.template)
    own = (
        [text.template]
        if re.search("[a-z]{3}", rest) and spoken(Worded(text.template)) == text.template
        else []
    )
    return own + [each for value in inner for each in spoken_parts(value)]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_sample_spoilt_in_many_places_is_explained_in_thai(batch: int) -> None:
    text = sample_text()
    for old, new, _field, _reason in SPOILT_IN_ONE_PLACE[batch::BATCHES]:
        text = text.replace(old, new, 1)
    faults = programme_file.check(text.encode(), checkers=CHECKERS).faults
    assert len(faults) >= 3
    assert_said_in_thai(faults)


@pytest.mark.parametrize("seed", range(6))
def test_values_of_the_wrong_kind_are_explained_in_thai(seed: int) -> None:
    document, chance = copy.deepcopy(sample_document()), random.Random(seed)
    odd = [
        None,
        True,
        -1,
        10**9,
        0.5,
        "",
        "x",
        "2565-01-01",
        "2022-02-30",
        "10:99",
        [],
        {},
        ["x"],
        {"th": None},
    ]
    for _ in range(150):
        holder: object = document
        for _step in range(chance.randrange(1, 7)):
            keys = (
                list(holder)
                if isinstance(holder, dict)
                else list(range(len(holder) if isinstance(holder, list) else 0))
            )
            if not keys:
                break
            key = chance.choice(keys)
            below = find(holder, key)
            if not isinstance(below, dict | list) or chance.random() < 0.1:
                if isinstance(holder, dict | list):
                    holder[key] = copy.deepcopy(chance.choice(odd))
                break
            holder = below
    faults = programme_file.check(programme_file.dump(document).encode(), checkers=CHECKERS).faults
    assert len(faults) >= 20
    assert_said_in_thai(faults)


@pytest.mark.parametrize("content", NO_PROGRAMMES, ids=range(len(NO_PROGRAMMES)))
def test_what_is_no_programme_at_all_is_explained_in_thai(content: bytes) -> None:
    faults = programme_file.check(content, checkers=CHECKERS).faults
    assert faults
    assert_said_in_thai(faults)


def test_every_shape_of_the_schema_has_a_thai_name() -> None:
    for _path, _field, label, _needed in documented_rows(PROGRAMME_FILE):
        assert isinstance(label, Worded), label
        assert spoken_parts(label) == []


def test_the_same_faults_come_in_the_same_order_in_any_language() -> None:
    content = SAMPLE.read_bytes().replace(b"minutes: 90\n", b"minutes: ninety\n")
    in_thai = programme_file.check(content, checkers=CHECKERS).faults
    g.locale_choice = "en"
    assert programme_file.check(content, checkers=CHECKERS).faults == in_thai
    assert {f"{fault.reason}" for fault in in_thai} == {spoken(fault.reason) for fault in in_thai}
