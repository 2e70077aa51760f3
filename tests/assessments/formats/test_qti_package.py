"""QTI 2.1 packages with every interaction that is read, and packages that mean harm."""

import io
import zipfile

import pytest

from sca_lms.assessments.formats import qti_package
from sca_lms.assessments.formats.bank import Bank
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.assessments.question_types import (
    Cloze,
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
    ShortText,
    SingleChoice,
)
from tests.assessments.formats.round_trips import PNG

SPACE = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'


def response(values: str, *, cardinality: str = "single", base: str = "identifier", mapping: str = "") -> str:
    correct = "".join(f"<value>{value}</value>" for value in values.split("|") if value)
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">'
        f"<correctResponse>{correct}</correctResponse>{mapping}</responseDeclaration>"
    )


def item(declarations: str, body: str, *, after: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<assessmentItem {SPACE} identifier="item" title="Item">'
        f"{declarations}\n<itemBody>{body}</itemBody>{after}</assessmentItem>"
    )


def choices(tag: str = "simpleChoice", letters: str = "ABC") -> str:
    return "".join(f'<{tag} identifier="{letter}">Choice {letter}</{tag}>' for letter in letters)


def interaction(kind: str, inside: str = "", more: str = "") -> str:
    return f'<{kind} responseIdentifier="RESPONSE" {more}>{inside}</{kind}>'


def package(files: dict[str, str | bytes], *, kind: str = "imsqti_item_xmlv2p1") -> bytes:
    resources = "".join(
        f'<resource identifier="r{number}" type="{kind}" href="{name}"><file href="{name}"/></resource>\n'
        for number, name in enumerate(name for name in files if name.endswith(".xml"))
    )
    manifest = f"<manifest>\n<resources>\n{resources}</resources></manifest>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", manifest)
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def read(text: str) -> Bank:
    return read_bank("bank.zip", package({"items/item.xml": text}))


def only(text: str) -> Question:
    bank = read(text)
    assert bank.faults == ()
    assert bank.format == "QTI 2.1"
    return bank.questions[0].question


def test_a_single_choice_with_its_prompt_and_feedback() -> None:
    inside = "<prompt>Which <b>one</b>?</prompt>" + choices().replace(
        "Choice B", 'Choice B <feedbackInline identifier="B" outcomeIdentifier="F">Yes</feedbackInline>'
    )
    found = only(item(response("B"), f"<p>Look.</p>{interaction('choiceInteraction', inside)}"))
    assert isinstance(found, SingleChoice)
    assert found.prompt.en == "Look.\n\nWhich **one**?"
    assert [option.correct for option in found.options] == [False, True, False]
    assert [option.text.en for option in found.options] == ["Choice A", "Choice B", "Choice C"]
    assert found.options[1].feedback.en == "Yes"


def test_several_right_ones_with_a_mapping() -> None:
    mapping = (
        '<mapping defaultValue="-2"><mapEntry mapKey="A" mappedValue="1"/>'
        '<mapEntry mapKey="B" mappedValue="3"/></mapping>'
    )
    declared = response("A|B", cardinality="multiple", mapping=mapping)
    found = only(item(declared, "<p>Which?</p>" + interaction("choiceInteraction", choices())))
    assert isinstance(found, MultipleChoice)
    assert [option.percent for option in found.options] == [25, 75, -50]


def test_orders_and_pairs() -> None:
    declared = response("C|A|B", cardinality="ordered")
    order = only(item(declared, "<p>Order</p>" + interaction("orderInteraction", choices())))
    assert isinstance(order, Order)
    assert [each.en for each in order.items] == ["Choice C", "Choice A", "Choice B"]
    sides = "".join(
        f"<simpleMatchSet>{choices('simpleAssociableChoice', letters)}</simpleMatchSet>"
        for letters in ("AB", "XYZ")
    )
    declared = response("A Y|B X", cardinality="multiple", base="directedPair")
    match = only(item(declared, "<p>Match</p>" + interaction("matchInteraction", sides)))
    assert isinstance(match, Match)
    assert [match.rights[index].en for index in match.key] == ["Choice Y", "Choice X"]
    assert len(match.rights) == 3


def test_typed_words_and_numbers() -> None:
    entries = (("York", "1"), ("york", "0.5"))
    mapped = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries)
    mapping = f"<mapping>{mapped}</mapping>"
    entry = f"<p>Richard of {interaction('textEntryInteraction')} led a battalion</p>"
    short = only(item(response("York", base="string", mapping=mapping), entry))
    assert isinstance(short, ShortText)
    assert short.prompt.en == "Richard of _____ led a battalion"
    assert {each.text: int(each.percent) for each in short.graded} == {"york": 50}
    equal = '<responseProcessing><equal toleranceMode="absolute" tolerance="0.5 0.5"/></responseProcessing>'
    number = only(
        item(response("4", base="float"), f"<p>2+2= {interaction('textEntryInteraction')}</p>", after=equal)
    )
    assert isinstance(number, Numeric)
    assert (str(number.value), str(number.tolerance), number.prompt.en) == ("4", "0.5", "2+2=")


def test_gaps_with_lists() -> None:
    inside = choices("inlineChoice", "XY")
    text = f"<p>The {interaction('inlineChoiceInteraction', inside)} of York</p>"
    found = only(item(response("Y"), text))
    assert isinstance(found, Cloze)
    assert found.prompt.en == "The [[1]] of York"


def test_texts_and_files_with_notes_for_marking() -> None:
    rubric = '<rubricBlock view="scorer"><p>Two reasons.</p></rubricBlock>'
    for kind, expected in (("extendedTextInteraction", "essay"), ("uploadInteraction", "file")):
        found = only(item(response("", base="string"), f"<p>Why?</p>{rubric}{interaction(kind)}"))
        assert found.type == expected
        assert found.prompt.en == "Why?"
        assert "Two reasons." in str(found)


def test_pictures_are_found_beside_their_item() -> None:
    body = '<p>See <img src="../images/map.png" alt="A map"/></p>' + interaction("extendedTextInteraction")
    bank = read_bank("x", package({"items/item.xml": item(response(""), body), "images/map.png": PNG}))
    assert bank.faults == ()
    (found,) = bank.questions
    assert found.attachments[0].content == PNG
    assert found.question.prompt.en == "See ![A map](attachment:map.png)"


def test_points_come_from_the_highest_score() -> None:
    most = (
        '<outcomeDeclaration identifier="MAXSCORE" cardinality="single" baseType="float">'
        "<defaultValue><value>5.0</value></defaultValue></outcomeDeclaration>"
    )
    assert only(item(response("") + most, "<p>Why?</p>" + interaction("extendedTextInteraction"))).points == 5


@pytest.mark.parametrize(
    "kind",
    [
        "hotspotInteraction",
        "sliderInteraction",
        "gapMatchInteraction",
        "associateInteraction",
        "customInteraction",
    ],
)
def test_other_interactions_are_named_with_their_line(kind: str) -> None:
    bank = read(item(response("A"), "<p>x</p>" + interaction(kind)))
    assert [(fault.line, fault.where) for fault in bank.faults] == [(3, f"items/item.xml: {kind}")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (item("", "<p>x</p>"), "no interaction"),
        (item("", interaction("choiceInteraction", choices())), "declared nowhere"),
        (item(response(""), "<p>x</p>" + interaction("choiceInteraction", choices())), "no correct response"),
        (item(response("Q"), "<p>x</p>" + interaction("choiceInteraction", choices())), "not the identifier"),
        (item(response("A"), "<p>x</p>" + interaction("orderInteraction", choices())), "every choice once"),
        (
            item(response(""), '<p><img src="gone.png"/>x</p>' + interaction("extendedTextInteraction")),
            "not in the file",
        ),
        (item(response(""), interaction("extendedTextInteraction") * 2), "several interactions"),
        ("<assessmentItem>\n<oops></assessmentItem>", "well-formed"),
        ("<questestinterop/>", "no assessmentItem"),
        (
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><assessmentItem>&x;</assessmentItem>',
            "refused",
        ),
    ],
)
def test_a_faulty_item_is_named_and_the_others_are_read(text: str, reason: str) -> None:
    good = item(response("A"), "<p>Which?</p>" + interaction("choiceInteraction", choices()))
    bank = read_bank("x", package({"bad.xml": text, "good.xml": good}))
    assert reason in bank.faults[0].reason
    assert len(bank.questions) == 1


def test_an_item_that_the_manifest_names_must_be_there() -> None:
    whole = package({"a.xml": item("", "")})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as before, zipfile.ZipFile(out, "w") as after:
        after.writestr("imsmanifest.xml", before.read("imsmanifest.xml"))
    bank = read_bank("x", out.getvalue())
    assert [(fault.line, fault.where) for fault in bank.faults] == [(3, "a.xml")]


def test_other_versions_and_zips_without_a_manifest_are_refused() -> None:
    old = read_bank("x", package({"a.xml": "<x/>"}, kind="imsqti_xmlv1p2"))
    assert "not QTI 2.1" in old.faults[0].reason
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    assert read_bank("x", out.getvalue()).faults[0].where == "imsmanifest.xml"


@pytest.mark.parametrize("name", ["../outside.xml", "/etc/passwd.xml", "a/../../b.xml", "C:/x.xml"])
def test_paths_out_of_the_package_are_refused(name: str) -> None:
    bank = read_bank("x", package({name: item("", "")}))
    assert "outside of the package" in bank.faults[0].reason


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    big = b"0" * (qti_package.LARGEST_ENTRY_BYTES + 1)
    bank = read_bank("x", package({"a.xml": big}))
    assert "larger than 20 MB" in bank.faults[0].reason
    monkeypatch.setattr(qti_package, "LARGEST_WHOLE_BYTES", 1000)
    assert "unpacks to more" in read_bank("x", package({"a.xml": big})).faults[0].reason


def test_a_damaged_package_is_one_fault() -> None:
    whole = package({"a.xml": item("", "<p>" + "x" * 5000 + "</p>")})
    assert read_bank("x", whole[: len(whole) // 2]).faults[0].reason == "is no zip that can be read"
    flipped = bytearray(whole)
    flipped[300:330] = bytes(30)
    assert read_bank("x", bytes(flipped)).faults
