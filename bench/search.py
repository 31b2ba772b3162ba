#!/usr/bin/env python3
"""Measures search in a generated workspace: time to build the index, its size, the latency of search, suggestions, a
level of the tree and a list, and how long after an edit its words are found while others edit 50 documents a second.

Usage: bench/search.py [--documents 100000] [--program target/release/consilium] [--database postgres://…]

Rows are written directly, in one workspace with one member; text is in `document_text`, as the server stores it.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

WORDS_OF_TEXT = 250
VOCABULARY = 20_000
NOW = "2026-11-01T00:00:00+00:00"
SYLLABLES = "an be con de er fi gro hor in ju ka li mar no ol pro que ra sti tum un ver wo xi ya zen".split()


def vocabulary(chance: random.Random) -> list[str]:
    words = set()
    while len(words) < VOCABULARY:
        words.add("".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))))
    return sorted(words)


class Client:
    """A person with a connection of their own."""

    def __init__(self, origin: str, cookie: str = ""):
        self.origin, self.cookie = origin, cookie
        self.connection = http.client.HTTPConnection(origin.split("//")[1])

    def send(self, method: str, path: str, body: str | None = None, **headers: str):
        headers = {"origin": self.origin, "cookie": self.cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.connection.request(method, f"/api/v1{path}", body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = "; ".join(filter(None, [self.cookie, value.split(";")[0]]))
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()[:300]}")
        return answer, text

    def call(self, method: str, path: str, body: dict | None = None):
        _, text = self.send(method, path, json.dumps(body) if body else None, content_type="application/json")
        return json.loads(text) if text else None

    def write(self, document: str, words: str) -> None:
        answer, _ = self.send("GET", f"/documents/{document}/content")
        self.send("PUT", f"/documents/{document}/content", words, content_type="text/markdown", if_match=answer.headers["etag"])


class Server:
    def __init__(self, program: str, data: str, database: str | None):
        env = {**os.environ, "CONSILIUM_LOG_FILTER": "warn", "CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS": "10000000", "CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION": "10000000"}
        if database:
            env |= {"CONSILIUM_DATABASE_URL": database, "CONSILIUM_AUDIT_KEY": "a key for the nodes of this benchmark alone"}
        self.process = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--data", data], stdout=subprocess.PIPE, env=env, text=True)
        self.printed = self.process.stdout.readline().strip()
        self.origin = re.match(r"https?://[^/]+", self.printed)[0]
        self.client = Client(self.origin)
        self.call = self.client.call

    def stop(self):
        self.process.terminate()
        self.process.wait()


def generate(documents: int, workspace: str, owner: str, space: str, words: list[str], chance: random.Random):
    """The rows of `document` and `document_text`, frequent words first in Zipf's way."""
    weights = [1 / (rank + 5) for rank in range(len(words))]
    parents = []
    for number in range(documents):
        text = chance.choices(words, weights, k=WORDS_OF_TEXT)
        blocks = [" ".join(text[start : start + 25]) for start in range(0, WORDS_OF_TEXT, 25)]
        document = str(uuid.UUID(int=(0x0190 << 112) | (number << 80) | (7 << 76) | (2 << 62) | chance.getrandbits(60)))
        title = " ".join(chance.choices(words, k=3))
        parent = chance.choice(parents) if parents and chance.random() < 0.5 else None
        if len(parents) < 500 and parent is None:
            parents.append(document)
        tags = [f"tag{chance.randint(1, 200)}"]
        yield (document, workspace, title, "custom", "", "", json.dumps(tags), "x", "draft", owner, NOW, NOW, 1, WORDS_OF_TEXT, "internal", title, space, parent, f"{number:08x}", "view"), (document, workspace, 0, json.dumps(blocks))


COLUMNS = "document_id, workspace_id, title, kind, category, description, tags, slug, status, created_by, created_at, updated_at, version, words, sensitivity, title_key, space_id, parent_id, rank, open_level"


def fill_sqlite(data: str, rows) -> None:
    database = sqlite3.connect(Path(data, "consilium.db"))
    ids = {0, 1, 9, 16, 17}
    packed = lambda row, ids: tuple(uuid.UUID(value).bytes if value and at in ids else value for at, value in enumerate(row))
    for document, text in rows:
        database.execute(f"insert into document ({COLUMNS}) values ({','.join('?' * 20)})", packed(document, ids))
        database.execute("insert into document_text (document_id, workspace_id, seq, blocks) values (?, ?, ?, ?)", packed(text, {0, 1}))
    database.commit()
    database.close()


def fill_postgres(url: str, rows) -> None:
    def field(value) -> str:
        return "\\N" if value is None else str(value).replace("\\", "\\\\").replace("\t", " ")

    with tempfile.TemporaryDirectory() as folder:
        documents, texts = Path(folder, "documents"), Path(folder, "texts")
        with documents.open("w") as one, texts.open("w") as other:
            for document, text in rows:
                one.write("\t".join(map(field, document)) + "\n")
                other.write("\t".join(map(field, text)) + "\n")
        for statement, file in ((f"copy document ({COLUMNS}) from stdin", documents), ("copy document_text (document_id, workspace_id, seq, blocks) from stdin", texts)):
            subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", statement], stdin=file.open(), check=True)
        subprocess.run(["psql", "-q", url, "-c", "analyze"], check=True)


def measure(server: Server, paths: list[str]) -> str:
    times = []
    for path in paths:
        begun = time.perf_counter()
        server.call("GET", path)
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return f"{times[len(times) // 2]:.1f} | {times[int(len(times) * 0.95)]:.1f}"


def found_after(server: Server, documents: list[str], words: list[str], chance: random.Random) -> str:
    """How long after an edit its words are found, in ms, while four people edit 50 documents a second."""
    ended, edits = threading.Event(), []

    def type_on(client: Client, seed: int) -> None:
        chance, due = random.Random(seed), time.time()
        while not ended.is_set():
            client.write(chance.choice(documents), " ".join(chance.choices(words, k=100)))
            edits.append(time.time())
            due += 4 / 50
            time.sleep(max(0.0, due - time.time()))

    people = [threading.Thread(target=type_on, args=(Client(server.origin, server.client.cookie), seed), daemon=True) for seed in range(4)]
    for one in people:
        one.start()
    time.sleep(5)
    begun, times = time.time(), []
    for probe in range(30):
        document, word = chance.choice(documents), f"probe{probe}x{chance.getrandbits(40):x}"
        server.client.write(document, f"{word} and {chance.choice(words)}")
        written = time.time()
        while not server.call("GET", f"/search?q={word}&limit=1")["items"]:
            time.sleep(0.02)
        times.append((time.time() - written) * 1000)
    rate = len([at for at in edits if at >= begun]) / (time.time() - begun)
    ended.set()
    for one in people:
        one.join()
    times.sort()
    return f"an edit is found after {times[len(times) // 2]:.0f} ms (p50) and {times[int(len(times) * 0.95)]:.0f} ms (p95), at {rate:.0f} edits a second by others"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=int, default=100_000)
    arguments.add_argument("--program", default="target/release/consilium")
    arguments.add_argument("--database", help="an empty Postgres database; SQLite if absent")
    wish = arguments.parse_args()
    chance, data = random.Random(24), tempfile.mkdtemp(prefix="consilium-bench-")
    words = vocabulary(chance)
    try:
        server = Server(wish.program, data, wish.database)
        account = {"workspace": "Bench", "name": "Ana", "email": "ana@example.org", "password": "correct horse battery"}
        server.call("POST", "/setup", {**account, "secret": server.printed.split("#")[1]})
        me, space = server.call("GET", "/me"), server.call("POST", "/spaces", {"name": "Bench", "open_level": "view"})["id"]
        server.stop()
        rows = list(generate(wish.documents, me["workspace_id"], me["account_id"], space, words, chance))
        documents = [document[0] for document, _ in rows]
        if wish.database:
            fill_postgres(wish.database, rows)
        else:
            fill_sqlite(data, rows)
        shutil.rmtree(Path(data, "search"), ignore_errors=True)
        begun = time.time()
        server = Server(wish.program, data, wish.database)
        server.call("POST", "/auth/sign-in", {"email": account["email"], "password": account["password"]})
        while server.call("GET", "/search?limit=1")["rebuilding"]:
            time.sleep(0.2)
        built = time.time() - begun
        size = sum(file.stat().st_size for file in Path(data, "search").rglob("*") if file.is_file())
        print(f"{wish.documents} documents of {WORDS_OF_TEXT} words, {'Postgres' if wish.database else 'SQLite'}")
        print(f"index built in {built:.1f} s, {size / 2**20:.1f} MiB\n\n| ms | p50 | p95 |\n|---|---|---|")
        some = lambda: chance.choice(words[:2000])
        cases = {
            "search, one word": [f"/search?q={some()}" for _ in range(200)],
            "search, two words and a tag": [f"/search?q={some()}+{some()}+tag:tag{n % 200}" for n in range(200)],
            "search, with a typo": [f"/search?q={word[:-2]}x{word[-1]}+" for word in (chance.choice(words) for _ in range(100))],
            "suggest": [f"/search/suggest?q={some()[: 2 + n % 5]}" for n in range(200)],
            "a level of the tree": [f"/spaces/{space}/pages?limit=100" for _ in range(100)],
            "a list": ["/documents?limit=50" for _ in range(100)],
        }
        for name, paths in cases.items():
            measure(server, paths[:10])
            print(f"| {name} | {measure(server, paths)} |")
        print(f"\n{found_after(server, documents, words, chance)}")
        server.stop()
    finally:
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
