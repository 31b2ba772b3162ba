#!/usr/bin/env python3
"""Compares two builds of the server: each load on one, then on the other, in turn, so that a shared machine disturbs both
alike. Prints the median of each figure and the ratio after / before.

usage: scripts/with-stores bench/pairs.py BEFORE AFTER [ROUNDS [LOAD ...]]
"""

import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict

BENCH = "target/release/bench"
BRIEFLY = ["--seconds", "3"]
# Seconds; saturation and idle sockets take half a minute.
WITHIN = 120


def loads() -> dict[str, list[str]]:
    """The loads by name; those on other stores only where scripts/with-stores has started them."""
    found = {
        "wide": ["fanout", "--documents", "1", "--clients", "200", "--writers", "4", "--rate", "10", *BRIEFLY],
        "small": ["fanout", "--documents", "10", "--clients", "10", "--writers", "2", "--rate", "5", *BRIEFLY],
        "many": ["fanout", "--documents", "200", "--clients", "3", "--writers", "1", "--rate", "2", *BRIEFLY],
        "presence, small": [
            "fanout", "--presence", "--documents", "10", "--clients", "10", "--writers", "10", "--rate", "5", *BRIEFLY,
        ],
        "presence, wide": [
            "fanout", "--presence", "--documents", "1", "--clients", "200", "--writers", "20", "--rate", "2", *BRIEFLY,
        ],
        "saturation": ["saturate", "--documents", "1", "--clients", "200", "--writers", "4", "--rate", "50"],
        "idle, 2,000 documents": ["idle", "--documents", "2000", "--clients", "2000"],
        "idle, 20 documents": ["idle", "--documents", "20", "--clients", "2000"],
        "storm": ["storm"],
        "cold open": ["cold"],
        "REST": ["rest"],
        "hammer, SQLite": ["hammer", "--documents", "4", "--rate", "20"],
    }
    postgres, redis, mongodb = (os.environ.get(f"TEST_{name}_URL") for name in ("POSTGRES", "REDIS", "MONGODB"))
    for name, journal in (("Postgres", postgres), ("MongoDB", mongodb)):
        if postgres and redis and journal:
            stores = ["--database", postgres, "--journal", journal, "--bus", redis]
            found[f"hammer, {name}"] = [*found["hammer, SQLite"], *stores]
    return found


def run(load: list[str], server: str) -> list[dict]:
    """The figures of one run; none when it did not end in time."""
    try:
        done = subprocess.run([BENCH, *load, "--server", server], capture_output=True, text=True, timeout=WITHIN)
    except subprocess.TimeoutExpired:
        print(f"no figure: {' '.join(load)} on {server}", file=sys.stderr)
        return []
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    before, after = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    wanted = sys.argv[4:]
    chosen = {name: load for name, load in loads().items() if not wanted or name in wanted}
    figures = defaultdict(lambda: ([], []))  # (load, figure) -> values before, values after
    for turn in range(rounds):
        for name, load in chosen.items():
            order = [(0, before), (1, after)]
            for side, server in order if turn % 2 == 0 else reversed(order):
                for line in run(load, server):
                    for figure, value in line.items():
                        if isinstance(value, (int, float)) and not isinstance(value, bool):
                            figures[name, figure][side].append(value)
    print("| load | figure | before | after | after / before |\n|---|---|---|---|---|")
    for (name, figure), (old, new) in figures.items():
        # What the load prescribes is the same on both sides.
        if old and new and set(old) != set(new):
            was, now = statistics.median(old), statistics.median(new)
            print(f"| {name} | {figure} | {was:g} | {now:g} | {now / was:.2f} |" if was else f"| {name} | {figure} | 0 | {now:g} | |")


if __name__ == "__main__":
    main()
