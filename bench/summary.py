"""Turns the JSON lines of bench/run into RESULTS.md: medians of the rounds, spreads, and multiples of the floor."""

import json
import os
import platform
import statistics
import sys
from collections import defaultdict
from datetime import date

runs = defaultdict(list)  # (load, server) -> its rounds
for line in sys.stdin:
    run = json.loads(line)
    kind = run["load"]
    if kind in ("fanout", "presence"):
        what = f"{run['documents']} x {run['clients']}, {run['writers']} x {run['rate']:g}/s"
    elif kind == "idle":
        what = f"{run['clients']} on {run['documents']}"
    elif kind == "storm":
        what = "with nothing" if run["empty"] else "with all of it"
    elif kind == "hammer":
        what = (run["journal"], run["nodes"], run["documents"], run["rate"])
    else:
        what = ""
    runs[kind, what, run.get("server", "consilium")].append(run)

SERVERS = ("floor", "floor-docs", "consilium", "yrs-warp", "yrs-axum", "y-websocket", "hocuspocus", "hocuspocus3")
PEERS = """yrs-warp 0.9.0, yrs-axum 0.8.2, @y/websocket-server 0.1.1, @hocuspocus/server 4.7.0
and 3.4.4 without persistence or sign-in"""


def middle(rounds: list[dict], key: str) -> float:
    return statistics.median(run[key] for run in rounds)


def whats(kind: str) -> list:
    return list(dict.fromkeys(what for known, what, _ in runs if known == kind))


def cell(rounds: list[dict], key: str, floor: float | None = None) -> str:
    if not rounds:
        return ""
    values = [run[key] for run in rounds]
    text = f"{statistics.median(values):g} ({min(values):g}-{max(values):g})"
    return f"{text}, **{statistics.median(values) / floor:.2f}**" if floor else text


def table(kind: str, key: str, floor_name: str | None = "floor", shown: tuple = SERVERS) -> None:
    shown = [server for server in shown if any(runs[kind, what, server] for what in whats(kind))]
    print(f"| load | {' | '.join(shown)} |\n|---|{'---|' * len(shown)}")
    for what in whats(kind):
        floor = runs[kind, what, floor_name] if floor_name else []
        base = middle(floor, key) if floor else None
        cells = [cell(runs[kind, what, server], key, None if server == floor_name else base) for server in shown]
        print(f"| {what or kind} | {' | '.join(cells)} |")


command = f"ROUNDS={os.environ.get('ROUNDS', 3)} SECONDS_EACH={os.environ.get('SECONDS_EACH', 8)} SOAK={os.environ.get('SOAK', 10_000)}"
rounds = max(len(some) for some in runs.values())
print(f"""# Results

`{command} make bench-peers bench`, {date.today()}, {platform.machine()} with {os.cpu_count()} shared cores, loopback. Consilium with its embedded
journal (`synchronous=FULL`), sign-in by token and the firewall on; {PEERS}.
Medians of {rounds} interleaved rounds, the spread in brackets, multiples of the floor in bold. The floor writes the same bytes to
every socket: no CRDT, no storage, no answers; `floor-docs` also keeps a Doc and answers clients that join. An empty cell means that the load did not finish on that server.

## Cost of a delivery: server CPU, in us

Documents x clients, writers x edits a second of each, at random moments (a Poisson process).
""")
table("fanout", "cpu_us_per_delivery")
print("\n## Latency of a delivery: p50 / p99 in ms; lost and duplicate updates\n")
shown = [server for server in SERVERS if any(runs["fanout", what, server] for what in whats("fanout"))]
print(f"| load | {' | '.join(shown)} |\n|---|{'---|' * len(shown)}")
for what in whats("fanout"):
    cells = []
    for server in shown:
        some = runs["fanout", what, server]
        wrong = sum(run["lost"] + run["twice"] for run in some)
        cells.append(f"{middle(some, 'p50_us') / 1000:.1f} / {middle(some, 'p99_us') / 1000:.1f}; {wrong}")
    print(f"| {what} | {' | '.join(cells)} |")
print("\n## Presence: server CPU of a delivered state, in us\n")
table("presence", "cpu_us_per_delivery")
if whats("saturate"):
    print("\n## Saturation: deliveries a second at p99 <= 200 ms, 1 x 200, 4 writers; the load generator shares the cores\n")
    table("saturate", "deliveries_per_second")
print("\n## Idle: KiB of memory a socket, with its share of the documents of 1,000 characters\n")
table("idle", "kib_each", floor_name=None)
print("\n## Connect and first sync: server CPU each, in us\n")
table("idle", "connect_cpu_us")
print("\n## All sockets connected and idle: server CPU, in ms a second\n")
table("idle", "idle_cpu_ms_per_second", floor_name=None)
print("\n## 300 join one document of 2,000 words at once: ms until all have it\n")
table("storm", "all_synced_ms", floor_name="floor-docs", shown=SERVERS[1:])
print("\nServer CPU of that, in ms:\n")
table("storm", "cpu_ms", floor_name="floor-docs", shown=SERVERS[1:])
if cold := runs["cold", "", "consilium"]:
    print(f"""
## A document of {cold[0]['edits']:,} edits

| pushed at once, until it is given out again | opened after a restart | decoding its state alone | ratio | peak memory of opening |
|---|---|---|---|---|
| {cell(cold, 'push_ms')} ms | {cell(cold, 'open_ms')} ms | {cell(cold, 'decode_ms')} ms | {statistics.median(run['open_ms'] / run['decode_ms'] for run in cold):.2f} | {middle(cold, 'peak_kib') / 1024:.0f} MiB |""")
if soak := runs["soak", "", "consilium"]:
    mib = [round(kib / 1024) for kib in soak[-1]["rss_kib"]]
    print(f"""
## {soak[0]['documents']:,} documents come and go

Each is made, typed in, read by somebody else and left; 100 at a time, in one run. Resident memory at each twentieth of the way, in MiB:
{', '.join(map(str, mib))}. The most after the first quarter is {middle(soak, 'grown_percent'):g} % above the most within it.""")
if rest := runs["rest", "", "consilium"]:
    print(f"""
## REST metadata, {rest[0]['rate']:,} requests a second, a third of them writes

| p50 ms | p95 ms | p99 ms | errors | server CPU each, us |
|---|---|---|---|---|
| {middle(rest, 'p50_us') / 1000:.1f} | {middle(rest, 'p95_us') / 1000:.1f} | {middle(rest, 'p99_us') / 1000:.1f} | {sum(run['errors'] for run in rest)} | {middle(rest, 'cpu_us_each'):g} |""")

hammer = {what: runs["hammer", what, "consilium"] for what in whats("hammer")}
if hammer:
    print("""
## Latency of an acknowledgement

Four writers on a document each, 20 words a second; from the word to its acknowledgement at the client, beside
commits of the same journal with nothing around it, on the same disk in the same run. Postgres runs with
`fsync = on`; MongoDB is FerretDB over SQLite here, which says more of the way than of MongoDB.

| journal | bare commit p50 / p99 ms | acknowledgement p50 / p99 ms | p99 ratio (spread) |
|---|---|---|---|""")
    for (journal, _, documents, rate), some in hammer.items():
        if rate == 0:
            continue
        pair = lambda prefix: f"{middle(some, prefix + 'p50_us') / 1000:.2f} / {middle(some, prefix + 'p99_us') / 1000:.2f}"
        ratios = [run["p99_us"] / run["bare_p99_us"] for run in some]
        print(f"| {journal} | {pair('bare_')} | {pair('')} | {statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f}) |")

    print("""
## Two nodes beside one

Each writer types its next word when the last was acknowledged. Load generator, Postgres, Redis and nodes share
the two cores, so what a second node could add on cores of its own is not seen here.

| load | one node: acknowledged a second | two nodes | ratio |
|---|---|---|---|""")
    for documents, name in ((1, "8 writers on one document"), (200, "200 documents, a writer each")):
        one, two = (hammer["postgres", nodes, documents, 0.0] for nodes in (1, 2))
        print(f"| {name} | {cell(one, 'per_second')} | {cell(two, 'per_second')} | {middle(two, 'per_second') / middle(one, 'per_second'):.2f} |")
