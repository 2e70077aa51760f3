"""What the sample's teams planned for their field visits, and the module that leads there; all invented."""

from collections.abc import Mapping
from dataclasses import dataclass

from sca_lms.texts import Bilingual

TITLE = Bilingual("แผนลงพื้นที่", "Field visit plan")
INSTRUCTIONS = Bilingual(
    th="""ทำร่วมกันทั้งทีมของภาค ส่งครั้งเดียวนับให้ทุกคน

เขียนแผนลงพื้นที่ 1 วัน ไม่เกิน 1 หน้า

- ไปที่ไหน ไปพบใคร และนัดแล้วหรือยัง
- อยากรู้เรื่องใด ตั้งคำถามไว้ 3–5 ข้อ
- แบ่งหน้าที่กันอย่างไร ใครถาม ใครจด ใครดูเวลา
- ขออนุญาตถ่ายภาพและบันทึกเสียงอย่างไร
- ถ้าฝนตกหรือผู้ให้ข้อมูลไม่สะดวก จะทำอย่างไร
""",
    en="""Done together by the team of your region; what one of you hands in counts for all.

Plan one day in the field on no more than one page:

- where you go, whom you meet, and whether they know;
- what you want to find out, as three to five questions;
- who asks, who takes notes, who watches the time;
- how you ask for leave to take pictures and to record;
- what you do when it rains or somebody cannot come.
""",
)
TEAM_NAMES: Mapping[str, str] = {
    "N": "ภาคเหนือ",
    "NE": "ภาคตะวันออกเฉียงเหนือ",
    "C": "ภาคกลาง",
    "E": "ภาคตะวันออก",
    "W": "ภาคตะวันตก",
    "S": "ภาคใต้",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A team's plan, handed in or a draft still."""

    text: str
    is_handed_in: bool = True


PLANS: Mapping[str, Plan] = {
    "N": Plan(
        "สถานที่: ชุมชนบ้านเหนือ (สมมติ) และศูนย์พัฒนาเด็กเล็ก 1 แห่ง\n\n"
        "คำถาม\n1. ครูรู้ค่าฝุ่นของวันนี้จากที่ใด\n2. วันใดตัดสินใจงดกิจกรรม และใครเป็นคนตัดสิน\n\n"
        "(ยังไม่ได้แบ่งหน้าที่ รอโทรนัดผู้นำชุมชน)",
        is_handed_in=False,
    ),
    "NE": Plan(
        "สถานที่: ตลาดสดเทศบาลและบ้านผู้สูงอายุ 3 หลัง นัดประธานตลาดและ อสม. ไว้แล้วทางโทรศัพท์\n\n"
        "คำถาม\n1. ขยะเปียกของแต่ละแผงไปไหนหลังตลาดวาย\n2. ถ้าต้องแยก จะติดขัดตรงไหน\n"
        "3. อสม. จดการเยี่ยมครั้งล่าสุดไว้ที่ใด\n4. มีใครที่ไม่ได้รับการเยี่ยมเกิน 1 เดือน เพราะอะไร\n\n"
        "หน้าที่: เมธาวีถาม ศศิธรจด วรเมธถ่ายภาพและดูเวลา\n\n"
        "การขออนุญาต: อ่านข้อความขออนุญาตให้ฟังก่อนทุกครั้ง ไม่ถ่ายใบหน้าผู้ป่วย ลบเสียงบันทึกภายใน 30 วัน\n\n"
        "แผนสำรอง: ถ้าฝนตกเริ่มที่บ้านผู้สูงอายุก่อน ถ้าประธานตลาดติดธุระ พบรองประธานแทน",
    ),
    "C": Plan(
        "สถานที่: จุดน้ำท่วมขัง 3 จุดในเขตเทศบาล และกองช่าง\n\n"
        "คำถาม: น้ำมาจากทางใด ท่วมนานเท่าใด ใครเดือดร้อนที่สุด เคยแจ้งใครแล้วบ้าง กองช่างบันทึกไว้อย่างไร\n\n"
        "หน้าที่: ปวีณาสัมภาษณ์ ณิชกานต์วัดระดับและจดพิกัด สลับกันครึ่งวันบ่าย\n\n"
        "การขออนุญาต: แจ้งวัตถุประสงค์ ขอถ่ายภาพเฉพาะสถานที่\n\nแผนสำรอง: ฝนตกยิ่งดี จะได้เห็นน้ำจริง เตรียมรองเท้ายางไปด้วย",
    ),
    "E": Plan(
        "ไปดูถนนหน้านิคมตอนเช้ากับทางเดินริมทะเลตอนเย็น คุยกับคนขับรถรับส่งและคนเดินออกกำลังกาย ถ่ายรูปมาเยอะ ๆ "
        "แล้วกลับมาสรุปด้วยกัน",
    ),
    "S": Plan(
        "สถานที่: ท่าเทียบเรือ 1 แห่ง ตลาดไนท์บาซาร์ และป้ายรถสองแถวหน้าโรงพยาบาล\n\n"
        "คำถาม\n1. เช้านี้รู้ราคาปลาจากใคร\n2. ครั้งล่าสุดที่ขอใบอนุญาต ต้องเดินทางกี่ครั้ง\n3. วันนี้รอรถกี่นาที\n\n"
        "หน้าที่: ธนวัฒน์ถามที่ท่าเรือ ฟาริสถามที่ตลาด (ภาษามลายูถิ่น) เอมอรนับเวลารอรถ\n\n"
        "การขออนุญาต: ขอด้วยวาจาก่อนเริ่ม จดเฉพาะอายุโดยประมาณและอาชีพ\n\n"
        "แผนสำรอง: ถ้าเรือไม่ออกเพราะคลื่นสูง ไปพบกลุ่มประมงที่บ้านประธาน",
    ),
}  # fmt: skip

MODULE_TITLE = Bilingual("เตรียมตัวลงพื้นที่", "Getting ready for the field")
READING_TITLE = Bilingual("ถามอย่างไรให้ได้เรื่อง", "Questions that bring out stories")
TASK_TITLE = Bilingual("ส่งแผนลงพื้นที่ของทีม", "Hand in your team's field visit plan")
READING = Bilingual(
    th="""## ก่อนไป

- โทรนัดล่วงหน้าอย่างน้อย 3 วัน บอกว่าเป็นใคร มาเรื่องใด ใช้เวลาเท่าใด
- เตรียมคำถามไม่เกิน 5 ข้อ แล้วลองถามกันเองก่อน
- ตกลงกันว่าใครถาม ใครจด ใครดูเวลา

## ระหว่างคุย

1. **ถามถึงครั้งล่าสุด** "ครั้งล่าสุดที่น้ำท่วม เกิดอะไรขึ้นบ้าง" ได้เรื่องจริงมากกว่า "ปกติท่วมบ่อยไหม"
2. **เงียบให้เป็น** นับหนึ่งถึงห้าในใจก่อนถามต่อ คนมักเล่าส่วนสำคัญที่สุดหลังความเงียบ
3. **อย่าเสนอทางแก้** วันนี้มาฟัง ถ้าถูกถามว่าจะช่วยอะไร ให้ตอบตามจริงว่ายังไม่รู้

## ขออนุญาตก่อนเสมอ

บอกว่าจะจดหรือบันทึกอะไร ใครจะได้เห็น เก็บไว้นานเท่าใด และเปลี่ยนใจได้เมื่อใด ถ้าเขาลังเล ไม่ต้องบันทึก

## กลับมาแล้ว

เขียนสรุปภายในวันเดียวกัน แยกให้ชัดว่าอะไรคือสิ่งที่ได้ยิน และอะไรคือสิ่งที่เราคิดเอง
""",
    en="""## Before you go

- Call at least three days ahead: who you are, what it is about, how long it takes.
- Prepare no more than five questions and try them on each other.
- Agree who asks, who takes notes and who watches the time.

## While you talk

1. **Ask about the last time.** "When it last flooded, what happened?" brings out more than "Does it flood
   often?"
2. **Bear the silence.** Count to five before the next question; the most important part often comes after it.
3. **Offer no solution.** Today you listen. If they ask what you will do, say truthfully that you do
   not know yet.

## Always ask for leave

Say what you write down or record, who will see it, how long you keep it, and until when they may change their
mind. If somebody hesitates, do not record.

## Back again

Write your summary on the same day, and keep what you heard apart from what you think.
""",
)
