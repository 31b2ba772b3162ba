"""Turns the JSON lines of bench/run into RESULTS.md: medians of the rounds, and ratios."""

import json
import platform
import statistics
import sys
from collections import defaultdict
from datetime import date

fanout, hammer = defaultdict(list), defaultdict(list)
for line in sys.stdin:
    run = json.loads(line)
    if run.get("load") == "hammer":
        hammer[run["journal"], run["nodes"], run["documents"], run["rate"]].append(run)
    else:
        load = f"{run['documents']} x {run['clients']}, {run['writers']} x {run['rate']:g}/s"
        fanout[load, run["server"].rsplit("/", 1)[-1]].append(run)


def middle(runs: list[dict], key: str) -> float:
    return statistics.median(run[key] for run in runs)


print(f"""# Results

`make bench`, {date.today()}, {platform.machine()} with 2 shared cores, loopback, durability on. Medians of
{max(len(rounds) for rounds in fanout.values())} interleaved rounds; the spread between rounds is in brackets.

## What a delivery costs

Embedded journal, `synchronous=FULL`. The floor is a bare broadcast server with a task and a tungstenite sink per
socket: no CRDT, no storage.

| documents x clients, writers | floor: CPU us per delivery | Consilium | ratio | Consilium p50 / p99 ms |
|---|---|---|---|---|""")
for load in dict.fromkeys(load for load, _ in fanout):
    cells = []
    for server in ("floor", "consilium"):
        values = [run["cpu_us_per_delivery"] for run in fanout[load, server]]
        cells.append(f"{statistics.median(values):g} ({min(values):g}-{max(values):g})")
    ours = fanout[load, "consilium"]
    ratio = middle(ours, "cpu_us_per_delivery") / middle(fanout[load, "floor"], "cpu_us_per_delivery")
    latency = f"{middle(ours, 'p50_us') / 1000:.1f} / {middle(ours, 'p99_us') / 1000:.1f}"
    print(f"| {load} | {' | '.join(cells)} | {ratio:.2f} | {latency} |")

print("""
## How long an acknowledgement takes

Four writers on a document each, 20 words a second; from the word to its acknowledgement at the client, beside
commits of the same journal with nothing around it, on the same disk in the same run. Postgres runs with
`fsync = on`; MongoDB is FerretDB over SQLite here, which says more of the way than of MongoDB.

| journal | bare commit p50 / p99 ms | acknowledgement p50 / p99 ms | p99 ratio (spread) |
|---|---|---|---|""")
for (journal, _, documents, rate), runs in hammer.items():
    if rate == 0:
        continue
    pair = lambda prefix: f"{middle(runs, prefix + 'p50_us') / 1000:.2f} / {middle(runs, prefix + 'p99_us') / 1000:.2f}"
    ratios = [run["p99_us"] / run["bare_p99_us"] for run in runs]
    print(f"| {journal} | {pair('bare_')} | {pair('')} | {statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f}) |")

print("""
## Two nodes beside one

Each writer types its next word when the last was acknowledged. Load generator, Postgres, Redis and nodes share
the two cores, so what a second node could add on cores of its own is not seen here.

| load | one node: acknowledged a second | two nodes | ratio |
|---|---|---|---|""")
for documents, name in ((1, "8 writers on one document"), (200, "200 documents, a writer each")):
    one, two = (hammer["postgres", nodes, documents, 0.0] for nodes in (1, 2))
    cells = [f"{middle(runs, 'per_second'):g} ({min(r['per_second'] for r in runs)}-{max(r['per_second'] for r in runs)})" for runs in (one, two)]
    print(f"| {name} | {' | '.join(cells)} | {middle(two, 'per_second') / middle(one, 'per_second'):.2f} |")
