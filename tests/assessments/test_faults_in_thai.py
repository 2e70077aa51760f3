"""What is wrong with a file of questions is said in Thai on the page and in English by the command."""

import io
import json
import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from flask import Flask, g

from sca_lms.assessments.cli import questions_group
from sca_lms.assessments.formats.bank import Bank, BankQuestion
from sca_lms.assessments.formats.gift_writing import lost_in_gift
from sca_lms.assessments.formats.moodle_xml_writing import lost_in_moodle_xml
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.texts import Worded
from sca_lms.web import i18n
from sca_lms.web.formats import spoken
from tests.assessments.desks import Desk
from tests.assessments.samples import EVERY_TYPE

THAI = re.compile("[ก-๙]")
# What expat and the csv module say themselves, in English.
PARSERS_WORDS = re.compile(
    "token|undefined entity|mismatched|unclosed|junk|declaration|reference|unexpected|expected after|"
    "field|limit"
)
ITEM = '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i">{}</assessmentItem>'
# Questions stand apart by an empty line; each is wrong in a way of its own.
GIFT = """a } b

::q:: a { =x

a {=a} b {=c}

::w:: {what}

q {x =a ~b}

q {=a -> b =c}

q {#x =1}

q {=%200%a ~b}

q {#5..1}

q {~a ~b}

{=a ~b}

just words

q {=a* }

q {#a}

q {=a ~a}"""
AIKEN = """Q?
A. one
A. two
b) three
ANSWER: Z

Q?
A. one
answer a

Q?
A. one
B. two
"""
TABLE = """type,prompt,right,odd,odd
riddle,Q,1
single,Q,9,,,more
truefalse,Q,maybe
essay,Q,
numeric,Q,x
"""
MOODLE = """<quiz>
<question type="riddle"/>
<question type="multichoice"/>
<question type="truefalse">
<questiontext><text>Q</text></questiontext><answer><text>x</text></answer>
</question>
<question type="description"/>
<question type="cloze"><questiontext><text>Q {1:SA:=x</text></questiontext></question>
<question type="cloze"><questiontext><text>Q {1:RIDDLE:=x}</text></questiontext></question>
<question type="numerical">
<questiontext><text>Q</text></questiontext><answer fraction="900"><text>4</text></answer>
</question>
</quiz>"""
FAULTY = [
    ("nothing", ""),
    ("word", "only words"),
    ("control", "a\x01b"),
    ("zip", "PK\x03\x04 broken"),
    ("gift", GIFT),
    ("aiken", AIKEN),
    ("csv", TABLE),
    ("csv", 'type,prompt\nsingle,"Q'),
    ("csv", "type,prompt,right,option_1,words_at_most\nmatch,Q,,a\nessay,Q,,,x"),
    ("csv", 'type,prompt,right\nsingle,"Q"x,1'),
    ("csv", 'type,prompt,right\nsingle,"' + "x" * 140_000 + '",1'),
    ("xml", "<quiz><question"),
    ("xml", "<quiz"),
    ("xml", "<quiz><question>"),
    ("xml", "<quiz>\n<question>\n</quiz>"),
    ("xml", "<quiz>&nbsp;</quiz>"),
    ("xml", "<quiz>a & b</quiz>"),
    ("xml", '<quiz a="1" a="2"/>'),
    ("xml", "<quiz/><quiz/>"),
    ("xml", "<quiz>&#0;</quiz>"),
    ("xml", "<quiz>\n<?xml version='1.0'?></quiz>"),
    ("xml", "<?xml bad?><quiz/>"),
    ("xml", "<quiz><![CDATA[x</quiz>"),
    ("xml", '<!DOCTYPE a [<!ENTITY b "c">]><quiz/>'),
    ("xml", "<page/>"),
    ("xml", MOODLE),
    ("qti", ITEM.format("")),
    ("qti", ITEM.format("<itemBody/>")),
    ("qti", ITEM.format("<itemBody><hotspotInteraction/></itemBody>")),
    ("qti", ITEM.format('<itemBody><choiceInteraction responseIdentifier="R"/></itemBody>')),
]


@pytest.fixture
def request_in_thai() -> Iterator[None]:
    house = Flask("sca_lms")
    i18n.init_app(house)
    with house.test_request_context("/"):
        g.locale_choice = "th"
        yield


@pytest.mark.parametrize(("name", "content"), FAULTY, ids=range(len(FAULTY)))
@pytest.mark.usefixtures("request_in_thai")
def test_every_fault_and_note_of_a_bank_is_said_in_thai(name: str, content: str) -> None:
    bank: Bank = read_bank(f"bank.{name}", content.encode())
    assert bank.faults
    for fault in (*bank.faults, *bank.notes):
        assert isinstance(fault.reason, Worded), fault
        assert THAI.search(spoken(fault.reason)), fault
        assert PARSERS_WORDS.search(spoken(fault.reason)) is None, fault
        if fault.where in {"file", "question", "option", "row", "text"}:
            assert THAI.search(spoken(fault.where)), fault


@pytest.mark.usefixtures("request_in_thai")
def test_what_a_format_cannot_carry_is_said_in_thai() -> None:
    questions = [BankQuestion(f"q{number}", "", (), each) for number, each in enumerate(EVERY_TYPE)]
    losses = [*lost_in_gift(questions), *lost_in_moodle_xml(questions)]
    assert losses
    assert all(THAI.search(spoken(loss.what)) for loss in losses)


def test_a_refused_file_is_explained_in_thai_on_its_page(desk: Desk) -> None:
    content = b"::one:: First? {=right ~wrong}\n\n::three:: Third? {=a\n"
    answer = desk.post(f"{desk.bank}/import", file=(io.BytesIO(content), "bank.gift"), shelf="In")
    page = desk.get(answer.location)
    assert "คำตอบขึ้นต้นด้วย { แต่ไม่มี }" in page
    assert "the answers begin" not in page


def test_the_command_tells_faults_in_english_as_plain_json() -> None:
    answer = CliRunner().invoke(questions_group, ["check", "-"], input="::q:: Third? {=a\n")
    told = json.loads(answer.stdout)
    assert [fault["reason"] for fault in told["faults"]] == [
        "the answers begin with { but have no }; they cannot hold an empty line"
    ]
