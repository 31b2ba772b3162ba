"""Checks that the house keeps its walls: crate dependencies, import cycles, owners of tables, what routes declare,
tracked artefacts.

Usage: scripts/house.py [--report] [ROOT]. Exits with 1 and a line for each breach; --report prints the figures too.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The crates that each crate may use, and the names that it must never use. `server` may use all crates.
EDGES = {
    "vocabulary": set(),
    "document": set(),
    "journal": {"vocabulary"},
    "hub": {"document", "journal", "vocabulary"},
    "database": {"vocabulary"},
    "endpoint": {"document", "hub"},
    "access": {"vocabulary", "document", "journal", "hub", "database", "endpoint"},
    "notify": {"vocabulary", "document", "journal", "hub", "database", "endpoint", "access"},
    "people": {"vocabulary", "document", "journal", "hub", "database", "endpoint", "access", "notify"},
    "library": {"vocabulary", "document", "journal", "hub", "database", "endpoint", "access"},
    "review": {"vocabulary", "document", "journal", "hub", "database", "endpoint", "access", "library"},
    "publish": {"vocabulary", "document", "database", "endpoint", "access", "library", "review", "files"},
    "transfer": {"vocabulary", "document", "database", "endpoint", "access", "library", "review", "files", "search"},
    "search": {"vocabulary", "database", "endpoint", "access", "library"},
    "files": {"vocabulary", "document", "hub", "database", "endpoint", "access", "library", "notify"},
    # A separate program, which no crate may depend on, because its parsers may crash.
    "consilium-press": set(),
}
NEVER = {
    "document": {"axum", "sqlx", "tokio", "redis", "mongodb"},
    "hub": {"axum", "sqlx", "rusqlite", "mongodb", "redis"},
    "journal": {"axum", "yrs"},
    "database": {"axum", "yrs", "rusqlite", "mongodb", "redis"},
    "endpoint": {"rusqlite", "mongodb", "redis"},
    "search": {"yrs", "rusqlite", "mongodb", "redis"},
    "files": {"rusqlite", "mongodb", "redis", "image", "pdf-extract", "quick-xml", "zip"},
    "consilium": {"consilium-press", "image", "pdf-extract", "quick-xml", "typst", "typst-pdf"},
}
FEATURES = ["notify", "people", "library", "review", "publish", "search", "files", "transfer"]

# Only the owner of a table writes it; anybody may read it in a join. `database` owns what every request reads, and
# the fan-out of a write.
OWNED = {
    "people": {"recovery_code", "mail_link", "identity_request", "avatar", "identity"},
    "library": {"document", "tag", "document_tag", "favourite", "recent", "watch", "document_edit", "document_text", "document_link", "inheritance", "space", "space_member", "space_group", "template", "unfinished_document", "link", "group_grant", "document_grant", "guest", "link_visitor"},
    "review": {
        "thread", "suggestion", "comment", "mention", "reaction", "revision", "revision_author", "reading", "workflow", "approval",
        "approval_act",
    },
    "publish": {"publication"},
    "transfer": {"import", "import_file", "import_page", "export"},
    "search": {"saved_search"},
    "files": {"stored_file", "rendition", "file_text", "attachment", "attachment_version", "upload", "upload_part"},
    "notify": {"webhook", "delivery", "job", "notification", "mail_setting"},
}
# Accepted writes to tables of other features, each with its reason. The list may only become shorter.
FOREIGN_WRITES = {
    # The fan-out of a write; a membership ends with what was given to it; names of headless documents.
    "database": {"notification", "job", "document_grant", "document", "mail_link", "link_visitor"},
    # An erasure removes a person from every table in one transaction.
    "people": {
        "account", "audit_personal", "api_key", "session", "reading", "notification", "membership", "mail_setting",
        "link_visitor", "idempotent_answer", "group_member", "document_grant", "space", "space_member", "favourite", "recent", "watch",
        "template", "saved_search", "import", "import_page", "export",
    },
    # A purge removes what belongs to the document in one transaction.
    "library": {
        "thread", "revision", "notification", "reading", "approval", "operation", "event_order", "idempotent_answer",
        "publication", "import", "import_page",
        # A copy of a page has its files, in the transaction that adds it.
        "attachment", "attachment_version",
    },
    # An approval moves the status of its document in one transaction.
    "review": {"document"},
}
WRITE = re.compile(r"\b(?:insert into|delete from|update) ([a-z_]+)(?=[\s(]|$)", re.M)
# Words that follow "update" in sentences and in `for update`, `do update`.
NOT_TABLES = {"set", "skip", "that", "the", "of", "is", "it", "a", "to", "in", "which", "and", "this", "with", "over", "else"}

# The most files that an import cycle may have. The cores of hub, document and the journal, and the code that turns
# credentials into a caller, are each one unit in several files; these cycles are accepted.
LARGEST_CYCLE = 3
CYCLES_ALLOWED = {"hub": 8, "document": 5, "journal": 7, "access": 7}

# Files that builds and tests leave behind.
ARTEFACTS = re.compile(r"(^|/)(target|node_modules|dist|consilium-data|\.schemathesis|__pycache__|test-results)/|\.log$")


def crates(root: Path) -> dict[str, Path]:
    """Name and folder of each crate of the workspace, apart from tests and bench."""
    workspace = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]
    folders = [root / member for member in workspace["members"] if member not in ("tests", "bench")]
    return {tomllib.loads((f / "Cargo.toml").read_text())["package"]["name"]: f for f in folders}


def check_manifests(found: dict[str, Path]) -> list[str]:
    """Breaches of EDGES and NEVER."""
    breaches = []
    for name, folder in found.items():
        manifest = tomllib.loads((folder / "Cargo.toml").read_text())
        named = set(manifest.get("dependencies", {}))
        ours = named & set(found)
        if name in EDGES:
            breaches += [f"{name} must not depend on {other}" for other in sorted(ours - EDGES[name])]
        breaches += [f"{name} must not depend on {other}" for other in sorted(named & NEVER.get(name, set()))]
    return breaches


class Module:
    """One module of a crate: its file, its children, and the names it re-exports."""

    def __init__(self, file: Path):
        self.file = file
        self.children: dict[str, Module] = {}
        self.exports: dict[str, list[str]] = {}
        self.imports: list[list[str]] = []


def strip(text: str) -> str:
    """Source without comments, strings and test modules."""
    text = re.sub(r'r#*"[\s\S]*?"#*', '""', text)
    text = re.sub(r'"(?:[^"\\]|\\[\s\S])*"', '""', text)
    text = re.sub(r"//[^\n]*", "", text)
    return re.split(r"#\[cfg\(test\)\]\s*mod tests", text)[0]


def flatten(tree: str) -> list[list[str]]:
    """The paths of a use tree, as segments; an alias keeps its original."""
    tree = tree.strip()
    brace = tree.find("{")
    if brace < 0:
        path = re.sub(r"\s+as\s+\w+$", "", tree)
        return [[part.strip() for part in path.split("::")]]
    head = [part.strip() for part in tree[:brace].split("::") if part.strip()]
    body, depth, start, parts = tree[brace + 1 : tree.rfind("}")], 0, 0, []
    for index, char in enumerate(body + ","):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(body[start:index])
            start = index + 1
    return [head + path for part in parts if part.strip() for path in flatten(part)]


def read(folder: Path) -> dict[str, Module]:
    """All modules of a crate by path, such as `room::turn`; the root is ``."""
    src = folder / "src"
    root_file = next(src / name for name in ("lib.rs", "main.rs") if (src / name).exists())
    modules = {"": Module(root_file)}
    for file in sorted(src.rglob("*.rs")):
        if file != root_file:
            modules["::".join(file.relative_to(src).with_suffix("").parts)] = Module(file)
    for path, module in modules.items():
        parent, _, name = path.rpartition("::")
        if path and parent in modules:
            modules[parent].children[name] = module
        text = strip(module.file.read_text())
        for public, tree in re.findall(r"^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", text, re.M):
            for segments in flatten(tree):
                module.imports.append(segments)
                if public:
                    module.exports[segments[-1]] = segments
        body = re.sub(r"^\s*(pub(\([^)]*\))?\s+)?use\s+[^;]+;", "", text, flags=re.M)
        module.imports += [m.split("::") for m in re.findall(r"\b(?:crate|super)(?:::\w+)+", body)]
        # A path that begins with a child, such as `sockets::routes()`.
        module.imports += [["self", *m.split("::")] for m in re.findall(r"(?<![:\w])[a-z_]\w*(?:::\w+)+", body)]
    return modules


def resolve(modules: dict[str, Module], at: str, segments: list[str], depth: int = 0) -> Module | None:
    """The module that defines what a path names, re-exports followed."""
    parts, here = list(segments), at
    if depth > 8 or not parts:
        return None
    if parts[0] == "crate":
        parts, here = parts[1:], ""
    elif parts[0] == "self":
        parts = parts[1:]
    elif parts[0] == "super":
        while parts and parts[0] == "super":
            parts, here = parts[1:], here.rpartition("::")[0]
    elif parts[0] not in modules[here].children:
        return None
    moved = segments[0] in ("crate", "super")
    while parts:
        module = modules[here]
        if parts[0] in module.children:
            here, parts, moved = (f"{here}::{parts[0]}" if here else parts[0]), parts[1:], True
        elif parts[0] in module.exports and moved:
            return resolve(modules, here, module.exports[parts[0]], depth + 1) or module
        else:
            break
    return modules[here] if moved else None


def graph(folder: Path) -> dict[Path, set[Path]]:
    """Which file names something of which other file."""
    modules = read(folder)
    edges: dict[Path, set[Path]] = {module.file: set() for module in modules.values()}
    for path, module in modules.items():
        for segments in module.imports:
            target = resolve(modules, path, segments)
            if target and target.file != module.file and target.file.stem not in ("lib", "main"):
                edges[module.file].add(target.file)
    return edges


def cycles(edges: dict[Path, set[Path]]) -> list[list[Path]]:
    """Strongly connected files, largest first (Tarjan)."""
    index: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    found: list[list[Path]] = []
    sys.setrecursionlimit(10_000)

    def visit(node: Path) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while component[-1:] != [node]:
                component.append(stack.pop())
            found.append(sorted(component))

    for node in edges:
        if node not in index:
            visit(node)
    return sorted((component for component in found if len(component) > 1), key=len, reverse=True)


def check_cycles(root: Path, found: dict[str, Path], report: bool) -> list[str]:
    breaches = []
    for name, folder in found.items():
        edges = graph(folder)
        knots = cycles(edges)
        largest = len(knots[0]) if knots else 0
        if report:
            arrows = sum(map(len, edges.values()))
            print(f"{name}: {len(edges)} files, {arrows} imports, largest cycle {largest}")
        if largest > CYCLES_ALLOWED.get(name, LARGEST_CYCLE):
            files = ", ".join(str(file.relative_to(root)) for file in knots[0])
            breaches.append(f"{name}: {largest} files import each other in a circle: {files}")
    return breaches


def sources(folder: Path) -> str:
    """The program of a crate without comments, strings kept."""
    files = sorted((folder / "src").rglob("*.rs"))
    texts = [re.split(r"#\[cfg\(test\)\]\s*mod tests", file.read_text())[0] for file in files]
    return re.sub(r"^\s*//.*$", "", "\n".join(texts), flags=re.M)


def check_tables(found: dict[str, Path]) -> list[str]:
    """Writes to a table by a crate that does not own it."""
    owners = {table: owner for owner, tables in OWNED.items() for table in tables}
    breaches = []
    for name in ("database", "access", *FEATURES, "consilium"):
        if name not in found:
            continue
        written = set(WRITE.findall(sources(found[name]))) - NOT_TABLES
        for table in sorted(written):
            owner = owners.get(table, "database")
            if owner != name and table not in FOREIGN_WRITES.get(name, set()):
                breaches.append(f"{name} writes the table {table}, which belongs to {owner}")
    return breaches


def check_routes(found: dict[str, Path]) -> list[str]:
    """A feature that reaches into the routes of another."""
    breaches = []
    for name in FEATURES:
        if name not in found:
            continue
        others = "|".join(other for other in FEATURES if other != name)
        for used in sorted(set(re.findall(rf"\b(?:{others})::(?:\w+::)*routes\b", sources(found[name])))):
            breaches.append(f"{name} uses {used}: call what the feature declares public")
    return breaches


# A route, and what declares who may call it: `needs(DOCUMENTS.revocable(), routes!(give, take))`.
ROUTE = re.compile(r"(needs\(\s*[A-Z]+(?:\.\w+\(\))*,\s*)?\broutes!\(([^)]*)\)")


def check_needs(root: Path, found: dict[str, Path]) -> list[str]:
    """Routes that do not declare what they need of their caller."""
    breaches = []
    for folder in found.values():
        for file in sorted((folder / "src").rglob("*.rs")):
            for declared, handlers in ROUTE.findall(strip(file.read_text())):
                if not declared:
                    where = file.relative_to(root)
                    breaches.append(f"{where}: routes!({handlers}) declares nothing: needs(SOMETHING, routes!({handlers}))")
    return breaches


def check_artefacts(root: Path) -> list[str]:
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    return [f"a build or test artefact is tracked: {file}" for file in tracked.splitlines() if ARTEFACTS.search(file)]


def main() -> int:
    arguments = [argument for argument in sys.argv[1:] if argument != "--report"]
    report = "--report" in sys.argv
    root = Path(arguments[0]).resolve() if arguments else ROOT
    found = crates(root)
    breaches = [
        *check_manifests(found),
        *check_cycles(root, found, report),
        *check_tables(found),
        *check_routes(found),
        *check_needs(root, found),
        *check_artefacts(root),
    ]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
