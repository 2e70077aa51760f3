"""Read a question bank of any known format; tell the format by what the file holds, not by its name."""

import re

from sca_lms.assessments.formats import gift_reading, moodle_xml_reading
from sca_lms.assessments.formats.aiken import ANSWER, OPTION, read_aiken
from sca_lms.assessments.formats.bank import Bank, Collector
from sca_lms.assessments.formats.csv_rows import looks_like_csv, read_csv
from sca_lms.assessments.formats.encodings import UnreadableText, decoded
from sca_lms.assessments.formats.qti_package import read_qti_item, read_qti_package
from sca_lms.texts import reason_of, worded

LARGEST_BANK_BYTES = 50 * 1024 * 1024
LARGEST_TEXT_BYTES = 10 * 1024 * 1024
UNKNOWN = "unknown"
_ZIP = b"PK"
_ITEM = re.compile(r"<(\w+:)?assessmentItem[\s>]")


def read_bank(name: str, data: bytes) -> Bank:
    """Check a whole file and return what can be taken, with every fault by line; never raises."""
    if len(data) > LARGEST_BANK_BYTES:
        return _refused(worded("is larger than 50 MB"))
    if data.startswith(_ZIP):
        return read_qti_package(data)
    try:
        text = decoded(data)
    except UnreadableText as error:
        return _refused(reason_of(error))
    if not text.strip():
        return _refused(worded("is empty"))
    if text.lstrip().startswith("<"):
        return read_qti_item(data) if _ITEM.search(text[:5000]) else moodle_xml_reading.read_moodle_xml(data)
    if len(data) > LARGEST_TEXT_BYTES:
        return _refused(worded("is a text larger than 10 MB"))
    return _read_text(name, text)


def _read_text(name: str, text: str) -> Bank:
    if looks_like_csv(text) or name.lower().endswith(".csv"):
        return read_csv(text)
    lines = text.split("\n")
    is_gift = "{" in text and "}" in text
    if not is_gift and any(ANSWER.fullmatch(line) or OPTION.fullmatch(line) for line in lines):
        return read_aiken(text)
    if not is_gift and not re.search(r"::|[{}]", text):
        return _refused(worded("is neither GIFT, Aiken, CSV, Moodle XML nor a QTI 2.1 package"))
    return gift_reading.read_gift(text)


def _refused(reason: str) -> Bank:
    collector = Collector(UNKNOWN)
    collector.fault(1, worded("file"), reason)
    return collector.bank()
