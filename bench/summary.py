"""Turns the JSON lines of bench/run into RESULTS.md: medians of the rounds, and ratios to the floor."""

import json
import platform
import statistics
import sys
from collections import defaultdict
from datetime import date

runs = defaultdict(list)
for line in sys.stdin:
    run = json.loads(line)
    load = f"{run['documents']} x {run['clients']}, {run['writers']} x {run['rate']:g}/s"
    runs[load, run["server"].rsplit("/", 1)[-1]].append(run)


def middle(load: str, server: str, key: str) -> float:
    return statistics.median(run[key] for run in runs[load, server])


print(f"""# Results

`make bench`, {date.today()}, {platform.machine()} with 2 shared cores, loopback, durability on (embedded journal,
`synchronous=FULL`). Medians of {max(len(rounds) for rounds in runs.values())} interleaved rounds; the spread between rounds is in brackets. The floor is a
bare broadcast server with a task and a tungstenite sink per socket: no CRDT, no storage.

| documents x clients, writers | floor: CPU us per delivery | Consilium | ratio | Consilium p50 / p99 ms |
|---|---|---|---|---|""")
for load in dict.fromkeys(load for load, _ in runs):
    cells = []
    for server in ("floor", "consilium"):
        values = [run["cpu_us_per_delivery"] for run in runs[load, server]]
        cells.append(f"{statistics.median(values):g} ({min(values):g}-{max(values):g})")
    ratio = middle(load, "consilium", "cpu_us_per_delivery") / middle(load, "floor", "cpu_us_per_delivery")
    latency = f"{middle(load, 'consilium', 'p50_us') / 1000:.1f} / {middle(load, 'consilium', 'p99_us') / 1000:.1f}"
    print(f"| {load} | {' | '.join(cells)} | {ratio:.2f} | {latency} |")
