"""Prints a strategy plan of many pages with consilium-press, and reports time, memory and size.

Usage: bench/print.py PRESS PARTS. A part takes a little more than a page: headings, lists, a table, code, an image.
Needs `pdfinfo`.
"""

import json
import re
import resource
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

LOREM = (
    "Nordic demand for managed cold-chain logistics grew by eleven per cent a year between 2021 and 2025, driven by "
    "pharmaceuticals and by grocery delivery; we expect eight per cent until 2030. "
)
ROWS = [
    ("Sweden", "EUR 118 m", "34 %", "Strong in the south; no presence north of Gävle."),
    ("Norway", "EUR 64 m", "19 %", "Two sites are at capacity."),
    ("Denmark", "EUR 91 m", "41 %", "Leader in pharmaceuticals, under price pressure in food."),
]


def node(kind: str, *content: dict, **attrs: object) -> dict:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def text(words: str, *marks: str) -> dict:
    return {"type": "text", "text": words, "marks": [{"type": mark} for mark in marks]}


def line(words: str) -> dict:
    return node("paragraph", text(words))


def part(number: int) -> list[dict]:
    items = [node("listItem", line(words), node("bulletList", node("listItem", line("With a deputy each")))) for words in ("Approve it", "Appoint a committee")]
    row = lambda kind, words: node("tableRow", *(node(kind, line(word)) for word in words))
    table = node("table", row("tableHeader", ("Country", "Revenue", "Share", "Assessment")), *(row("tableCell", words) for words in ROWS))
    return [
        node("heading", text(f"Part {number}"), level=1), line(LOREM * 3), node("blockquote", line("We need the right sites.")),
        node("heading", text("What we ask the board to decide"), level=2), node("orderedList", *items, start=1), line(LOREM * 2), table,
        node("paragraph", text("The model is "), text("npv(rate, flows)", "code"), text(" with a rate of 9 %.", "bold")),
        node("codeBlock", text("def npv(rate, flows):\n    return sum(f / (1 + rate) ** t for t, f in enumerate(flows))"), language="python"),
        node("image", attachment="chart", alt="Revenue by country", title="Revenue by country", width=520),
        node("taskList", node("taskItem", line("Interview the customers"), checked=True)),
    ]


def png(width: int, height: int) -> bytes:
    rows = b"".join(b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 120)) for x in range(width)) for y in range(height))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main() -> None:
    press, parts = sys.argv[1], int(sys.argv[2])
    blocks = [block for number in range(parts) for block in part(number + 1)]
    chapter = {"id": "1", "title": "Strategy", "doc": {"type": "doc", "content": blocks}}
    what = {"title": "Strategy", "date": "2026-11-29T12:00:00Z", "chapters": [chapter], "media": {"chart": {"file": "chart"}}}
    for media_type in ("application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "print.json").write_text(json.dumps(what))
            Path(folder, "chart").write_bytes(png(640, 360))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            said = subprocess.run([press, "print", media_type, f"{folder}/print.json", folder], capture_output=True, text=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            printed = Path(folder, "printed")
            size = printed.stat().st_size if printed.exists() else said.stdout + said.stderr
            info = subprocess.run(["pdfinfo", printed], capture_output=True, text=True).stdout if media_type.endswith("pdf") else ""
            pages = re.findall(r"Pages:\s+(\d+)", info)
            print(f"{media_type.rsplit('.', 1)[-1]}: {pages or ''} pages, {seconds:.2f} s of processor time, at most {after.ru_maxrss // 1024} MiB so far, {size} bytes")


if __name__ == "__main__":
    main()
