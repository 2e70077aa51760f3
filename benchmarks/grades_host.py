"""A gradebook that answers after a fixed time, in a process of its own; it counts what it is asked.

Run it as `python -m benchmarks.grades_host PORT_FILE LATENCY_SECONDS`; GET /figures tells the counts.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

TOKEN = json.dumps({"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"})
LINE_ITEM = {"label": "PRE", "scoreMaximum": 100, "resourceId": "sca-lms:PRE", "tag": "PRE"}


@dataclass
class Gradebook:
    """What has been asked, and how much at the same time."""

    latency: float
    counts: Counter[str] = field(default_factory=Counter)
    scores: dict[str, float] = field(default_factory=dict)
    under_way: int = 0
    most: int = 0
    first_at: float = 0.0
    last_at: float = 0.0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        """Return status and content of an answer."""
        service = path.partition("?")[0].rsplit("/", 1)[-1]
        self.counts[f"{method} {service}"] += 1
        if service == "token":
            scope = parse_qs(body.decode())["scope"][0]
            self.counts[f"token {scope.rsplit('/', 1)[-1]}"] += 1
            return 200, TOKEN
        if service == "scores":
            message = json.loads(body)
            self.scores[message["userId"]] = message["scoreGiven"]
            self.last_at = time.time()
            self.first_at = self.first_at or self.last_at
            return 200, ""
        if service == "lineitems" and method == "POST":
            return 201, json.dumps(
                {**LINE_ITEM, "id": f"http://127.0.0.1:{self.port}/2/lineitems/1/lineitem"}
            )
        if service == "figures":
            return 200, json.dumps(self.figures())
        return 200, "[]"

    port: int = 0

    def figures(self) -> dict[str, object]:
        """Return what has been counted."""
        return {
            "counts": self.counts,
            "people": len(self.scores),
            "right": sum(score == int(who) % 101 for who, score in self.scores.items()),
            "most": self.most,
            "seconds": self.last_at - self.first_at,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                method, path, _version = lines[0].split(" ")
                lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
                body = await reader.readexactly(int(lengths[0])) if lengths else b""
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                await asyncio.sleep(self.latency)
                status, content = self.answer(method, path, body)
                self.under_way -= 1
                writer.write(
                    f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n{content}".encode()
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main(port_file: Path, latency: float) -> None:
    """Serve until the process is ended."""
    gradebook = Gradebook(latency)
    server = await asyncio.start_server(gradebook.serve, "127.0.0.1", 0)
    gradebook.port = server.sockets[0].getsockname()[1]
    await asyncio.to_thread(port_file.write_text, str(gradebook.port), encoding="ascii")
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
