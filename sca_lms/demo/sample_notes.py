"""What the sample pairs wrote and agreed on; all of it is invented."""

from sca_lms.texts import Bilingual

SHARED = """**วันนี้คุยอะไร** แนะนำหน่วยงานและทีมงาน ตกลงวันทำงานและช่องทางติดต่อ

- นัดพบกันทุกสองสัปดาห์ วันพุธหลังเลิกงาน
- เรื่องด่วนให้ส่งข้อความก่อนโทรศัพท์
- เริ่มจากปัญหาน้ำท่วมขังหน้าตลาด

**ครั้งหน้า** เลือกโจทย์เมืองหนึ่งเรื่องพร้อมหลักฐาน (ข้อมูลตัวอย่าง)
"""
PRIVATE = "ยังไม่มั่นใจเวลาพูดกับผู้บริหาร ครั้งหน้าให้ลองนำเสนอสั้น ๆ ก่อน (ข้อมูลตัวอย่าง)"
ACTIONS = (
    ("ส่งผังองค์กรและรายชื่อผู้ประสานงาน", True, -7),
    ("สัมภาษณ์พ่อค้าแม่ค้าในตลาดห้าคน เรื่องน้ำท่วมขัง", False, -2),
    ("ขอข้อมูลระดับน้ำย้อนหลังสามปีจากกองช่าง", True, 4),
    ("ร่างประโยคปัญหาหนึ่งประโยคพร้อมหลักฐาน", False, 6),
)
"""What was agreed, whether the captain does it, and in how many days it is due; the first one is done."""
TEMPLATES = (
    (
        Bilingual("บันทึกการพบทั่วไป", "Any meeting"),
        Bilingual(
            "**ตั้งแต่ครั้งก่อน ทำอะไรไปแล้ว**\n\n\n**เรื่องที่คุยวันนี้**\n\n\n**ติดขัดอะไร ต้องการให้ใครช่วย**\n\n\n"
            "**ครั้งหน้า**\n",
            "**Done since the last meeting**\n\n\n**Today**\n\n\n**What is hard, and who can help**\n\n\n"
            "**Next time**\n",
        ),
    ),
    (
        Bilingual("เลือกโจทย์เมือง", "Choosing the city problem"),
        Bilingual(
            "**ปัญหาเกิดกับใคร ที่ไหน บ่อยเพียงใด**\n\n\n**หลักฐานที่มี**\n\n\n**ประโยคปัญหาฉบับที่ 1**\n",
            "**Whose problem, where, how often**\n\n\n**Evidence so far**\n\n\n"
            "**Problem statement, version 1**\n",
        ),
    ),
)
"""Titles and texts of templates for notes."""
