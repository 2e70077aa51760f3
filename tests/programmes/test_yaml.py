"""YAML from anybody is read safely, with its lines; what we write reads back the same everywhere."""

# ruff: noqa: E501 - strategies read best as one line each.

import json
import math
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sca_lms.programmes import programme_file, yaml_lines, yaml_writing

BOTH_PARSERS = pytest.mark.parametrize("parser", [yaml_lines.FAST_PARSER, yaml.SafeLoader])


def values(text: str, parser: type = yaml_lines.FAST_PARSER) -> object:
    reading = yaml_lines.read(text.encode(), parser=parser)
    assert reading.faults == []
    assert reading.root is not None
    return reading.root.plain()


@BOTH_PARSERS
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("N", "N"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("~", None),
        ("", None),
        ("''", ""),
        ("12", 12),
        ("-3", -3),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("12345678901234567890", "12345678901234567890"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("9.9e999", "9.9e999"),
        ("10:30", "10:30"),
        ("2022-08-24", "2022-08-24"),
        ("2022-09-05T08:30", "2022-09-05T08:30"),
        ("2022-09-05T08:30:00", "2022-09-05T08:30:00"),
        ("!!str 12", "12"),
        ("๑๒", "๑๒"),
    ],
)
def test_plain_scalars_mean_what_people_expect(written: str, read: object, parser: type) -> None:
    found = values(f"a: {written}", parser)
    assert found == {"a": read}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(read)


@BOTH_PARSERS
def test_fields_named_no_or_with_a_year_are_words(parser: type) -> None:
    assert values("no: 1\n2022: x\nyes: {on: 2}", parser) == {"no": 1, "2022": "x", "yes": {"on": 2}}


@BOTH_PARSERS
def test_every_key_and_element_has_its_place(parser: type) -> None:
    reading = yaml_lines.read("a:\n  - x\n  - {b: 1, ค: [2, 3]}\nd: |\n  t\n".encode(), parser=parser)
    places = {path: reading.locate(*path)[:2] for path in [("a",), ("a", 1), ("a", 1, "ค", 1), ("d",)]}
    assert places == {("a",): (1, 1), ("a", 1): (3, 5), ("a", 1, "ค", 1): (3, 19), ("d",): (4, 1)}
    assert reading.locate("a", 1, "missing", "deeper")[:2] == (3, 5)
    assert reading.locate("a", 9)[:2] == (1, 1)


@BOTH_PARSERS
@pytest.mark.parametrize(
    ("text", "line", "column", "field", "reason"),
    [
        (b"", 1, 1, "file", "is empty"),
        (b"# only a comment\n", 1, 1, "file", "is empty"),
        (b"a: 1\nb: 2\na: 3\n", 3, 1, "a", "given twice: first on line 1"),
        (b"a:\n  - {b: 1, b: 2}\n", 2, 12, "a[0].b", "given twice"),
        (b"a: 1\n---\nb: 2\n", 2, 1, "file", "second document"),
        (b"a: \xe0\xb8\n", 1, 4, "file", "not UTF-8"),
        (b"\xff\xfea\x00", 1, 1, "file", "not UTF-8"),
        (b"ok: 1\nb: \x00\n", 2, 4, "file", "U+0000"),
        (b'a: "\\0"\n', 1, 4, "a", "U+0000"),
        (b'"\\e[31m": 1\n', 1, 1, "file", "U+001B"),
        (b"a: !!python/object/apply:os.system [ls]\n", 1, 4, "a", "the tag"),
        (b"a: !!binary aGk=\n", 1, 4, "a", "the tag"),
        (b"a: *b\n", 1, 4, "a", "no finished anchor &b"),
        (b"a: &a [*a]\n", 1, 8, "a[0]", "no finished anchor &a"),
        (b"? [1, 2]\n: x\n", 1, 3, "file", "must be a word"),
        (b'"": x\n', 1, 1, "file", "name is missing"),
        (b"<<: 3\na: 1\n", 1, 1, "file", "'<<'"),
        (b"a: " + b"[" * 100_000, 1, 43, "a" + "[0]" * 39, "nested more than 40"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(
    text: bytes, line: int, column: int, field: str, reason: str, parser: type
) -> None:
    fault = yaml_lines.read(text, parser=parser).faults[0]
    assert (fault.line, fault.column, fault.field) == (line, column, field)
    assert reason in fault.reason


@BOTH_PARSERS
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a: 1\nb: [1, 2\nc: 3\n", 3),
        (b'a: 1\nb: "open\n', 3),
        (b"a: 1\n b: 2\n", 2),
        (b"a:\n\tb: 1\n", 2),
        (b"a: b: c\n", 1),
        (b"a: @x\n", 1),
        (b'a: "\\U00110000"\n', 1),
        (b'a: "\\UFFFFFFFF"\n', 1),
        (b"%YAML 9.9\n---\na: 1\n", 1),
    ],
)
def test_a_syntax_fault_names_its_line(text: bytes, line: int, parser: type) -> None:
    reading = yaml_lines.read(text, parser=parser)
    assert reading.root is None
    assert abs(reading.faults[0].line - line) <= 1  # The two parsers notice a missing bracket a line apart.


@BOTH_PARSERS
def test_half_a_character_is_refused(parser: type) -> None:
    assert yaml_lines.read(b'a: "\\ud800"\n', parser=parser).faults


def test_a_tab_in_the_indentation_is_called_a_tab() -> None:
    assert "a tab stands" in yaml_lines.read(b"a:\n\tb: 1\n").faults[0].reason


def test_a_file_that_is_too_large_is_not_read() -> None:
    faults = yaml_lines.read(b"a" * (yaml_lines.LARGEST_FILE_BYTES + 1)).faults
    assert [fault.reason for fault in faults] == ["is larger than 5 MiB"]


@BOTH_PARSERS
def test_aliases_and_merges_are_written_out(parser: type) -> None:
    text = "base: &b {x: 1, y: 2}\nlist: &l [1]\nc: {<<: *b, y: 3}\nd: {<<: [*b, {z: 4}]}\ne: *l\n"
    assert values(text, parser) == {
        "base": {"x": 1, "y": 2},
        "list": [1],
        "c": {"y": 3, "x": 1},
        "d": {"x": 1, "y": 2, "z": 4},
        "e": [1],
    }


def test_an_alias_bomb_is_refused_quickly() -> None:
    levels = ["l0: &l0 [" + ", ".join("x" * 10) + "]"]
    levels += [f"l{n}: &l{n} [" + ", ".join([f"*l{n - 1}"] * 10) + "]" for n in range(1, 12)]
    started = time.process_time()
    faults = yaml_lines.read("\n".join(levels).encode()).faults
    assert "more than 200000 values" in faults[0].reason
    assert time.process_time() - started < 2


def test_a_long_text_repeated_by_aliases_is_refused() -> None:
    text = f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 1000)}]\n"
    assert "values here" in yaml_lines.read(text.encode()).faults[0].reason


# Everything that JSON can hold and a database can store as text.
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t:#'\"{}[],&*!|>%@`-? "), max_size=30
)
looks_like_something_else = st.sampled_from(
    ["N", "no", "yes", "null", "~", "", "1e3", "1_000", "010", "10:30", "2022-08-24", "2022-09-05T08:30:00", "<<", "=",
     "0x1F", ".5", "+1", "true", "- a", "a: b", "a #b", " a", "a ", "a\n", "\na", "a\n\n", " a\n b", "|", "\u2028", "2022-10"]
)  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-(10.0**14), max_value=10.0**14).filter(
        lambda number: math.isclose(number, round(number, 15), rel_tol=0, abs_tol=0)
    )
    | texts
    | looks_like_something_else
)
names = texts.filter(bool) | looks_like_something_else.filter(bool)
documents = st.dictionaries(
    names,
    st.recursive(
        scalars,
        lambda each: st.lists(each, max_size=4) | st.dictionaries(names, each, max_size=4),
        max_leaves=12,
    ),
    max_size=4,
)


@settings(deadline=None)
@given(documents)
def test_writing_and_reading_any_document_is_the_identity(document: dict[str, object]) -> None:
    written = yaml_writing.write(document)
    for parser in (yaml_lines.FAST_PARSER, yaml.SafeLoader):
        assert json.dumps(values(written, parser)) == json.dumps(document)


@settings(deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_no_bytes_make_the_check_raise(noise: bytes) -> None:
    assert programme_file.check(noise).faults
