"""Runs the final stage of the Dockerfile without Docker: its steps in a root made by debootstrap, then the image's own
command, as its own user and in a network of its own, until its own health check succeeds. Needs root and debootstrap.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE, IMAGE = ROOT / "target/image-base", ROOT / "target/image"
# The files that the earlier stages of the Dockerfile produce; the debug build is the same program.
BUILT = {f"/src/target/release/{name}": ROOT / f"target/debug/{name}" for name in ("consilium", "consilium-press")}
STARTS_WITHIN = 30
STOPS_WITHIN = 30


def run(*command: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(command, check=True, text=True, **more)


def stage() -> list[tuple[str, str]]:
    """The instructions of the final stage, in order."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = max(index for index, line in enumerate(lines) if line.startswith("FROM "))
    return [(word, rest) for word, rest in (line.split(" ", 1) for line in lines[first:])]


def base(image: str) -> None:
    """A root like that of the base image, kept between runs."""
    suite = re.fullmatch(r"debian:(\w+)-slim", image)
    assert suite, f"{image} is not a Debian image that this script knows"
    if not (BASE / "etc/debian_version").exists():
        shutil.rmtree(BASE, ignore_errors=True)
        run("debootstrap", "--variant=minbase", suite[1], str(BASE), stdout=subprocess.DEVNULL)
    shutil.rmtree(IMAGE, ignore_errors=True)
    run("cp", "-a", str(BASE), str(IMAGE))
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", IMAGE / "etc" / name)


class Image:
    """The settings that the steps collect."""

    def __init__(self) -> None:
        self.env: dict[str, str] = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.user, self.entry, self.command, self.health = "root", [], [], []

    def inside(self, *command: str, user: str | None = None) -> list[str]:
        return ["chroot", f"--userspec={user or self.user}", str(IMAGE), "env", "-i", *map("=".join, self.env.items()), *command]

    def step(self, word: str, rest: str) -> None:
        match word:
            case "FROM":
                base(rest)
            case "RUN":
                run(*self.inside("sh", "-ec", rest, user="root"), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            case "COPY":
                source, target = [part for part in rest.split() if not part.startswith("--")]
                shutil.copy(BUILT[source], f"{IMAGE}{target}")
            case "USER":
                self.user = rest
            case "ENV":
                self.env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "ENTRYPOINT":
                self.entry = words(rest)
            case "CMD":
                self.command = words(rest)
            case "HEALTHCHECK":
                self.health = words(rest[rest.index("CMD ") + 4 :])
            case "VOLUME" | "EXPOSE" | "STOPSIGNAL":
                pass
            case _:
                raise AssertionError(f"{word} is an instruction that this script does not know")


def words(text: str) -> list[str]:
    return json.loads(text)


def check(image: Image) -> None:
    def succeeds(command: list[str]) -> bool:
        return subprocess.run(command, capture_output=True).returncode == 0

    assert (IMAGE / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 0, "there are no CA certificates"
    assert not succeeds(image.inside("sh", "-c", "command -v pg_dump")), "a tool of a store is there, which nothing needs"
    # A network of its own, so that the port of the image is free.
    serve = image.inside(*image.entry, *image.command)
    script = f"python3 -c {shlex.quote(LO_UP)} && exec {shlex.join(serve)}"
    server = subprocess.Popen(["unshare", "--net", "bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        within = time.monotonic() + STARTS_WITHIN
        while not succeeds(["nsenter", "-t", str(server.pid), "-n", *image.inside(*image.health)]):
            assert server.poll() is None, f"it ended with {server.returncode}: {server.stdout.read()}"
            assert time.monotonic() < within, f"the health check does not succeed within {STARTS_WITHIN} s"
            time.sleep(0.2)
        owner = Path(f"/proc/{server.pid}").stat().st_uid
        assert owner == 10001, f"it runs as {owner}"
        data = IMAGE / image.env["CONSILIUM_DATA"].lstrip("/")
        files = sorted(path.name for path in data.iterdir())
        assert "consilium.db" in files and all(path.stat().st_uid == owner for path in data.iterdir()), files
        assert succeeds(image.inside(*image.entry, "backup", "/data/backup")), "a backup succeeds"
    finally:
        server.terminate()
        code = server.wait(STOPS_WITHIN)
    assert code == 0, f"SIGTERM ends it with {code}: {server.stdout.read()}"


# A new network has only a loopback device, which is down. SIOCSIFFLAGS with IFF_UP.
LO_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 1))"


def main() -> int:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("the image is not checked: this needs root and debootstrap")
        return 0
    image = Image()
    for word, rest in stage():
        image.step(word, rest)
    check(image)
    print("the image starts, is healthy, makes a backup and stops")
    return 0


if __name__ == "__main__":
    sys.exit(main())
