"""Draw the sample video, one silent minute of six slides; it needs ffmpeg and Chromium, once, on our side."""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "sca_lms" / "web" / "static" / "samples" / "a-day-with-an-ambassador.webm"
SECONDS_PER_SLIDE = 10
SLIDES = (
    ("", "หนึ่งวันของนักดิจิทัลพัฒนาเมือง", "A day with an ambassador"),
    (
        "08:15",
        "ตลาดเทศบาล ท่อระบายน้ำเอ่อ ถ่ายภาพ จดเวลาและระดับน้ำ",
        "The market floods: a photo, the time, the level",
    ),
    ("09:30", "ใครเดือดร้อน และเรารู้ได้อย่างไร", "Who is affected, and how do we know?"),
    ("13:00", "ประชุมกองช่าง 40 นาที ใคร ทำอะไร เสร็จเมื่อไร", "Forty minutes: who does what by when"),
    ("15:30", "คุยกับแม่ค้า แล้วแก้แผนที่ให้ตรงกับความจริง", "Ask the stall keepers, correct the map"),
    ("17:00", "บันทึกหนึ่งหน้า ส่งให้พี่เลี้ยง", "One page of notes to the captain"),
)
PAGE = (ROOT / "scripts" / "sample_video.html").read_text(encoding="utf-8")


def main() -> None:
    """Make the slides in Chromium and join them into a small VP9 file."""
    fonts = next((ROOT / "sca_lms" / "web" / "static" / "vendor").glob("sarabun-*")).as_uri()
    with tempfile.TemporaryDirectory() as directory:
        places = Path(directory)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 960, "height": 540})
            for number, (time, th, en) in enumerate(SLIDES):
                source = places / f"{number}.html"
                source.write_text(PAGE.format(fonts=fonts, time=time, th=th, en=en), encoding="utf-8")
                page.goto(source.as_uri())
                page.screenshot(path=str(places / f"slide-{number}.png"))
            browser.close()
        TARGET.parent.mkdir(exist_ok=True)
        command = ["ffmpeg", "-y", "-loglevel", "error", "-framerate", f"1/{SECONDS_PER_SLIDE}"]
        command += [
            "-i",
            str(places / "slide-%d.png"),
            "-vf",
            "tpad=stop_mode=clone:stop_duration=10",
            "-r",
            "4",
            "-c:v",
            "libvpx-vp9",
            "-crf",
            "40",
            "-b:v",
            "0",
        ]
        subprocess.run([*command, "-g", "40", str(TARGET)], check=True, stdout=sys.stderr)  # noqa: S603 - Our own arguments.


if __name__ == "__main__":
    main()
