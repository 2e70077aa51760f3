"""A question of every kind, as a programme file writes them."""

WORDS = {"th": "ข้อความ", "en": "Text"}
OPTIONS = [
    {"th": "ใช่", "en": "Yes", "correct": True},
    {"th": "ไม่ใช่", "en": "No", "correct": False},
]
KINDS: tuple[dict[str, object], ...] = (
    {"type": "single", "options": OPTIONS},
    {"type": "multi", "options": OPTIONS},
    {"type": "truefalse", "options": OPTIONS},
    {"type": "numeric", "answer": {"value": 168, "tolerance": 1}},
    {"type": "short", "answer": {"accepted": ["เมือง", "city"], "case_sensitive": False}},
    {
        "type": "match",
        "pairs": [
            {"left": {"th": "ก", "en": "A"}, "right": {"th": "หนึ่ง", "en": "One"}},
            {"left": {"th": "ข", "en": "B"}, "right": {"th": "สอง", "en": "Two"}},
        ],
        "distractors": [{"th": "สาม", "en": "Three"}],
    },
    {"type": "order", "items": [{"th": "ก่อน", "en": "First"}, {"th": "หลัง", "en": "Then"}]},
    {
        "type": "cloze",
        "prompt": {"th": "[[1]] กับ [[2]] และ [[3]]", "en": "[[3]], [[1]] and [[2]]"},
        "gaps": [
            {"kind": "short", "weight": 2, "accepted": ["น้ำ"], "case_sensitive": True},
            {"kind": "numeric", "value": 0.5, "tolerance": 0.1},
            {"kind": "choice", "options": OPTIONS},
        ],
    },
    {"type": "essay", "words_at_most": 200, "marking_notes": WORDS},
    {"type": "file", "endings": ["pdf", "docx"]},
)
QUESTIONS = [
    {"id": f"PB1-Q{number}", "points": 1, "prompt": WORDS, **kind} for number, kind in enumerate(KINDS, 1)
]
