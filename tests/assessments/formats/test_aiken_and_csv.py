"""Aiken and tables: the simple formats, with the mistakes that people make in them."""

import pytest

from sca_lms.assessments.formats.bank import Bank
from sca_lms.assessments.formats.csv_rows import write_template
from sca_lms.assessments.formats.reading import read_bank
from sca_lms.assessments.question_types import QUESTION_TYPES, Match, ShortText, SingleChoice
from sca_lms.texts import Bilingual

AIKEN = "Is it this one?\nA) No\nB) Nor this\nANSWER: B\n\nWhich LMS?\nA. One\nB. Two\nC. Three\nANSWER: A\n"
HEADER = "type,code,prompt_th,prompt_en,option_1,option_2,right\n"


def aiken(text: str) -> Bank:
    return read_bank("bank.txt", text.encode())


def table(text: str) -> Bank:
    return read_bank("bank.csv", text.encode())


def test_aiken_as_documented() -> None:
    bank = aiken(AIKEN)
    assert (bank.format, bank.faults, bank.counts) == ("Aiken", (), {"single": 2})
    first = bank.questions[0].question
    assert isinstance(first, SingleChoice)
    assert [(option.text.en, option.correct) for option in first.options] == [
        ("No", False),
        ("Nor this", True),
    ]


def test_aiken_in_the_thai_code_page() -> None:
    bank = read_bank("x.txt", "ข้อใดถูก\r\nA. หนึ่ง\r\nB. สอง\r\nANSWER: A\r\n".encode("tis-620"))
    assert bank.questions[0].question.prompt.th == "ข้อใดถูก"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Which?\nA. One\nB. Two\n", 1, "no ANSWER"),
        ("Which?\nA. One\nB. Two\nANSWER: C\n", 4, "not the letter"),
        ("Which?\nA. One\nB. Two\nAnswer: A\n", 4, "capital letters"),
        ("Which?\nA. One\na. Two\nANSWER: A\n", 3, "capital letter"),
        ("Which?\nA. One\nA. Two\nANSWER: A\n", 3, "twice"),
        ("Which?\nA. One\nANSWER: A\n", 1, "between 2 and"),
    ],
)
def test_a_mistake_in_aiken_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    bank = aiken(text)
    assert bank.questions == ()
    assert bank.faults[0].line == line
    assert reason in bank.faults[0].reason


def test_the_template_has_every_kind_that_a_table_can_hold() -> None:
    bank = read_bank("template.csv", write_template())
    assert bank.faults == ()
    assert set(bank.counts) == set(QUESTION_TYPES) - {"cloze"}
    match, short = bank.questions[5].question, bank.questions[4].question
    assert isinstance(match, Match)
    assert match.lefts[0] == Bilingual("หนึ่ง", "one")
    assert isinstance(short, ShortText)
    assert short.accepted == ("กรุงเทพ", "Bangkok")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp874"])
def test_delimiters_and_encodings_are_recognised(delimiter: str, encoding: str) -> None:
    text = f'{HEADER}single,q1,"ข้อใด, ถูก",Which?,ก || a,ข || b,2\r\n'
    if delimiter != ",":
        text = text.replace("ข้อใด, ถูก", "ข้อใด").replace(",", delimiter)
    bank = read_bank("x", text.encode(encoding))
    assert bank.faults == ()
    assert bank.questions[0].code == "q1"


@pytest.mark.parametrize(
    ("row", "where", "reason"),
    [
        ("poem,q1,ก,a,b,c,1", "type", "not one of"),
        ("single,q1,ก,a,b,c,3", "right", "number of an option"),
        ("single,q1,ก,a,b,c,", "q1: options", "exactly one"),
        ("truefalse,q1,ก,a,,,maybe", "right", "true or false"),
        ("numeric,q1,ก,a,,,many", "q1: answer.value", "number"),
        ("match,q1,ก,a,b,c,", "option_1", "=>"),
        ("single,q1,,,b,c,1", "q1: prompt", "empty"),
        ("single,q1,ก,a,b,c,1,more,still", "row", "cells"),
        ('single,q1,ก,a,b,"c,1', "row", "never closed"),
    ],
)
def test_a_mistake_in_a_row_is_named_with_its_line(row: str, where: str, reason: str) -> None:
    bank = table(f'{HEADER}single,good,"two\nlines",a,b,c,1\n{row}\n')
    assert [each.code for each in bank.questions] == ["good"]
    assert [(fault.line, fault.where) for fault in bank.faults] == [(4, where)]
    assert reason in bank.faults[0].reason


def test_missing_and_unknown_columns_are_named() -> None:
    bank = table("type,prompt_en,colour\nessay,Why?,red\n")
    assert [(fault.line, fault.where) for fault in bank.faults] == [(1, "right")]
    assert [note.where for note in bank.notes] == ["colour"]
