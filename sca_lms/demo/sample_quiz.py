"""A small question bank with shelves and tags, and the quiz that an instructor made from it; invented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.assessments.question_parts import Option
from sca_lms.assessments.question_types import (
    Essay,
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from sca_lms.texts import Bilingual

DATA_SHELF = "ข้อมูลเมือง/อ่านตัวเลข"
PRIVACY_SHELF = "ข้อมูลเมือง/ข้อมูลส่วนบุคคล"
WRITING_SHELF = "โครงการ/คำถามเขียน"
DRAWN_TAG = "สัปดาห์ 2"
DRAWN_COUNT = 3
DRAWN_POINTS = Decimal(2)

TITLE = Bilingual("ทบทวนสัปดาห์ที่ 2: ตัวเลขกับการตัดสินใจ", "Week 2 review: figures and decisions")
INSTRUCTIONS = Bilingual(
    "มีคำถามเขียน 1 ข้อที่ผู้สอนตรวจเอง และคำถามสุ่ม 3 ข้อจากคลังข้อสอบ คะแนนรวมจะเห็นเมื่อผู้สอนประกาศผล",
    "One written question is marked by an instructor; three more are drawn from the question bank. "
    "You see your score once the marks are released.",
)


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One question with its place in the bank."""

    shelf: str
    code: str
    question: Question
    tags: Sequence[str]


def _option(th: str, en: str, *, right: bool = False) -> Option:
    return Option(Bilingual(th, en), right)


ESSAY = BankEntry(
    WRITING_SHELF,
    "W-01",
    Essay(
        Bilingual(
            "เทศบาลมีข้อมูลเรื่องร้องเรียน 2 ปี แต่ไม่มีวันที่แก้เสร็จ คุณจะใช้ข้อมูลนี้ตัดสินใจเรื่องใดได้ และเรื่องใดยังไม่ได้ เพราะเหตุใด",
            "A municipality has two years of complaints, but no date on which each was settled. "
            "What can you decide with these data, what not yet, and why?",
        ),
        Decimal(4),
        words_at_most=150,
        marking_notes=Bilingual(
            "2 คะแนน: บอกสิ่งที่ตัดสินใจได้ เช่น จุดที่ร้องเรียนซ้ำ · 2 คะแนน: บอกข้อจำกัด เช่น วัดความเร็วในการแก้ไม่ได้ "
            "หรือคนที่ไม่ได้ร้องเรียนหายไป",
            "2 points: what can be decided, such as places with repeated complaints. 2 points: the limits, "
            "such as no measure of speed, or those who never complain.",
        ),
    ),
    ("คำถามเขียน", DRAWN_TAG),
)
ENTRIES: Sequence[BankEntry] = (
    ESSAY,
    BankEntry(
        DATA_SHELF,
        "N-01",
        SingleChoice(
            Bilingual(
                "เวลาซ่อมไฟทางของเดือนนี้คือ 2, 3, 3, 4 และ 38 วัน ตัวเลขใดบอกเวลาที่คนทั่วไปต้องรอได้ดีที่สุด",
                "Street lights were mended after 2, 3, 3, 4 and 38 days this month. "
                "Which figure best tells how long people usually wait?",
            ),
            Decimal(1),
            (
                _option("ค่ากลาง (มัธยฐาน) 3 วัน", "The median, 3 days", right=True),
                _option("ค่าเฉลี่ย 10 วัน", "The mean, 10 days"),
                _option("ค่ามากที่สุด 38 วัน", "The maximum, 38 days"),
                _option("พิสัย 36 วัน", "The range, 36 days"),
            ),
            feedback=Bilingual(
                "ค่าเดียวที่สูงผิดปกติดึงค่าเฉลี่ยขึ้น แต่แทบไม่เปลี่ยนค่ากลาง",
                "One odd value pulls the mean up and hardly moves the median.",
            ),
        ),
        ("สถิติ", DRAWN_TAG),
    ),
    BankEntry(
        DATA_SHELF,
        "N-02",
        Numeric(
            Bilingual(
                "ก่อนโครงการมีเรื่องร้องเรียน 80 เรื่องต่อเดือน หลังโครงการเหลือ 52 เรื่อง ลดลงร้อยละเท่าใด",
                "There were 80 complaints a month before the project and 52 after it. "
                "By how many percent did they fall?",
            ),
            Decimal(1),
            Decimal(35),
            Decimal("0.5"),
        ),
        ("คำนวณ", DRAWN_TAG),
    ),
    BankEntry(
        DATA_SHELF,
        "N-03",
        MultipleChoice(
            Bilingual(
                "ข้อใดทำให้ผลสำรวจความพึงพอใจคลาดเคลื่อนได้",
                "Which of these can bias a survey of satisfaction?",
            ),
            Decimal(1),
            (
                _option("ถามเฉพาะคนที่มาที่สำนักงาน", "Asking only those who come to the office", right=True),
                _option("เจ้าหน้าที่ที่ให้บริการเป็นคนถามเอง", "The clerk who served them asks", right=True),
                _option("บอกวันที่เก็บข้อมูลในรายงาน", "Giving the survey date in the report"),
                _option("คำถามนำ เช่น พอใจมากใช่ไหม", "A leading question", right=True),
            ),
        ),
        ("สำรวจ", DRAWN_TAG),
    ),
    BankEntry(
        DATA_SHELF,
        "N-04",
        Order(
            Bilingual("เรียงขั้นตอนการใช้ข้อมูลตัดสินใจ", "Put the steps of deciding with data in order"),
            Decimal(1),
            (
                Bilingual("ตั้งคำถามที่ต้องตัดสินใจ", "Say what has to be decided"),
                Bilingual("หาข้อมูลที่มีอยู่แล้ว", "Look for data that exist"),
                Bilingual("ตรวจว่าข้อมูลขาดหรือผิดตรงไหน", "Check what is missing or wrong in them"),
                Bilingual("สรุปผลพร้อมข้อจำกัด", "Conclude, and state the limits"),
            ),
        ),
        ("ขั้นตอน", DRAWN_TAG),
    ),
    BankEntry(
        DATA_SHELF,
        "N-05",
        ShortText(
            Bilingual(
                "ค่าที่วัดไว้ก่อนเริ่มโครงการเพื่อใช้เปรียบเทียบ เรียกว่าอะไร",
                "What is the value called that is measured before a project, to compare with?",
            ),
            Decimal(1),
            ("ค่าฐาน", "เส้นฐาน", "ข้อมูลฐาน", "baseline"),
            case_sensitive=False,
        ),
        ("ศัพท์", DRAWN_TAG),
    ),
    BankEntry(
        PRIVACY_SHELF,
        "P-01",
        TrueFalse(
            Bilingual(
                "เมื่อตัดชื่อออกแล้ว ข้อมูลบ้านเลขที่กับวันเกิดเปิดเผยต่อสาธารณะได้เสมอ",
                "Once names are removed, house numbers and birthdays can always be published.",
            ),
            Decimal(1),
            (_option("ถูก", "True"), _option("ผิด", "False", right=True)),
            feedback=Bilingual(
                "บ้านเลขที่กับวันเกิดรวมกันมักชี้ตัวบุคคลได้",
                "A house number and a birthday together often point at one person.",
            ),
        ),
        ("PDPA",),
    ),
    BankEntry(
        PRIVACY_SHELF,
        "P-02",
        Match(
            Bilingual(
                "จับคู่สถานการณ์กับสิ่งที่ควรทำก่อน",
                "Match each situation with what to do first",
            ),
            Decimal(3),
            lefts=(
                Bilingual("เก็บภาพจากกล้องในตลาด", "A camera films the market"),
                Bilingual("ขอเบอร์โทรไว้แจ้งผล", "You ask for a phone number to report back"),
                Bilingual("ส่งไฟล์รายชื่อผิดกลุ่มไลน์", "A list of names went to the wrong chat"),
            ),
            rights=(
                Bilingual("ติดป้ายแจ้งให้เห็นก่อนเข้า", "Put up a sign before the entrance"),
                Bilingual("บอกวัตถุประสงค์และระยะเวลาเก็บ", "Say what for, and how long it is kept"),
                Bilingual("แจ้งเจ้าหน้าที่คุ้มครองข้อมูลทันที", "Tell the data protection officer at once"),
            ),
            key=(0, 1, 2),
        ),
        ("PDPA", "สถานการณ์"),
    ),
)
FIXED = ("W-01", "P-02")
"""The questions that everybody gets; the others are drawn."""

ESSAYS: Mapping[int, str] = {
    1: "ใช้ดูได้ว่าจุดไหนมีคนร้องเรียนบ่อย จะได้ไปแก้จุดนั้นก่อน แต่บอกไม่ได้ว่าแก้เร็วหรือช้า เพราะไม่มีวันที่เสร็จ",
    2: "ตัดสินใจได้ว่าจะลงพื้นที่จุดใดก่อน โดยดูเรื่องซ้ำในที่เดิมและช่วงเดือนที่เกิด แต่ยังเทียบผลงานระหว่างกองไม่ได้ "
    "และไม่ควรสรุปว่าชุมชนที่ไม่ร้องเรียนไม่มีปัญหา อาจเป็นเพราะไม่รู้ช่องทาง ควรเริ่มบันทึกวันที่เสร็จตั้งแต่วันนี้",
    3: "ไม่ได้ เพราะข้อมูลไม่ครบ",
    6: "ได้: จัดลำดับจุดที่ร้องเรียนซ้ำ และวางคนเวรตามชั่วโมงที่เรื่องเข้า ยังไม่ได้: ตั้งเป้าเวลาแก้ เพราะไม่รู้ว่าปัจจุบันใช้กี่วัน",
    8: "ดูแนวโน้มรายเดือนได้ว่าเรื่องใดเพิ่มขึ้น ส่วนความพึงพอใจหรือความเร็วในการแก้ต้องเก็บข้อมูลเพิ่มก่อน",
    10: "ใช้เลือกหัวข้อที่จะไปคุยกับชุมชน แต่ไม่ใช้ตัดสินว่าเจ้าหน้าที่คนใดทำงานดี",
}
"""What learners wrote, by their number; one wrote nothing."""
MARKED: Mapping[int, tuple[Decimal, str]] = {
    2: (Decimal(4), "ครบทั้งสองส่วน และเห็นคนที่ไม่ได้ร้องเรียนด้วย ดีมาก"),
    3: (Decimal("0.5"), "ลองบอกว่ายังใช้ทำอะไรได้บ้าง ข้อมูลไม่ครบไม่ได้แปลว่าใช้ไม่ได้เลย"),
}
"""The points and words that an instructor gave already, by the learner's number."""
HASTY = (3, 10)
"""Those who got a drawn question wrong."""
