"""Checks licences, bans and sources of every dependency against deny.toml, without the network."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def allowed(expression: str, allow: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied: any side of an OR, every side of an AND."""
    expression = expression.replace("/", " OR ").strip()
    while expression.startswith("(") and matching(expression) == len(expression) - 1:
        expression = expression[1:-1].strip()
    for operator, judge in ((" OR ", any), (" AND ", all)):
        parts = split(expression, operator)
        if len(parts) > 1:
            return judge(allowed(part, allow) for part in parts)
    return expression in allow


def matching(text: str) -> int:
    """Index of the bracket that closes the first one."""
    depth = 0
    for index, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return index
    return -1


def split(expression: str, operator: str) -> list[str]:
    """Splits at an operator outside of brackets."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(rf"\(|\)|{operator}", expression):
        if found.group() == operator:
            if depth == 0:
                parts.append(expression[start : found.start()])
                start = found.end()
        else:
            depth += 1 if found.group() == "(" else -1
    return [*parts, expression[start:]]


def main() -> int:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    allow = set(rules["licenses"]["allow"])
    banned = {ban["crate"]: ban["reason"] for ban in rules["bans"]["deny"]}
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--offline", "--filter-platform=x86_64-unknown-linux-gnu"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    resolved = {node["id"] for node in metadata["resolve"]["nodes"]}
    problems = []
    for package in metadata["packages"]:
        if package["id"] not in resolved:
            continue
        name = f"{package['name']} {package['version']}"
        if package["name"] in banned:
            problems.append(f"{name} is banned: {banned[package['name']]}")
        if not allowed(package["license"] or "", allow):
            problems.append(f"{name} has the licence {package['license']!r}, which deny.toml does not allow")
        source = package["source"] or "path"
        if source != "path" and "crates.io" not in source:
            problems.append(f"{name} comes from {source}")
    print("\n".join(problems) or f"{len(resolved)} packages: licences, bans and sources are as deny.toml wants them")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
