"""How quick the portal's pages are for 50 people at once, beside a bare page served by the same server.

    .venv/bin/python -m bench.portal [--users 50] [--seconds 20]

A portal in a folder of its own, with people, firms, applications, notifications and a trail, is served by `sanad
portal` as in earnest; beside it the same server program serves one fixed page of the same size without Django. Each of
the users has a connection and a session of their own, opens a page, and the next one a second after they opened the
last: somebody who clicks once a second without rest. Client and both servers share the machine.

Times on the wall say little while others use the machine, so the processor's time in the server is told too: first of
each page alone, opened again and again by one user, then of all together.
"""

# ruff: noqa: PLC0415 - Django is set up before its tables are known

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

THINK_SECONDS = 1.0
FIRMS, APPLICATIONS, TRAIL_ROWS, NOTIFICATIONS = 200, 60, 500, 40
TARGET_P95_MS = 100.0
ALONE = 30
"""How often one user opens each page for the processor's time."""
START_SECONDS_MAX = 500
_TICK_MS = 1_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and whose session opens it; "" is nobody's."""

    path: str
    who: str


PAGES = (
    Page("/", ""), Page("/licensing/register/", ""), Page("/licensing/register/7/", ""), Page("/licensing/which/", ""),
    Page("/account/login/", ""), Page("/account/", "maker"), Page("/notifications/", "maker"),
    Page("/licensing/applications/", "maker"), Page("/licensing/inbox/", "officer"),
    Page("/licensing/decisions/", "officer"), Page("/licensing/keeping/", "officer"), Page("/trail/", "head"),
)  # fmt: skip


# --- a portal with something in it ------------------------------------------------------------------------------------


def furnish(home: Path) -> dict[str, str]:
    """Tables and rows; the session cookie of each person."""
    os.environ.update(SANAD_HOME=str(home), DJANGO_SETTINGS_MODULE="sanad.wiring.settings", SANAD_NODE="http://[::1]:9")
    from sanad.wiring import portal

    portal.prepare(home / "portal")
    import django

    django.setup()
    from django.core.management import call_command

    from sanad.tables.kinds import MIGRATED
    from sanad.wiring.projector import make_views

    for alias in MIGRATED:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    make_views()
    return _rows()


def _rows() -> dict[str, str]:
    from allauth.mfa.models import Authenticator
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from sanad.people import trail
    from sanad.people.models import Institution, Membership, Person
    from sanad.people.notifications import Event, notify
    from sanad.people.rights import Kind
    from sanad.people.trail import Happening

    authority = Institution.objects.create(kind=Kind.AUTHORITY, name="The Authority", number=1)
    firm = Institution.objects.create(kind=Kind.FIRM, name="Example Exchange", number=7)
    roles = {"maker": (firm, "maker"), "officer": (authority, "licensing_officer"), "head": (authority, "head")}
    cookies = {}
    for name, (house, role) in roles.items():
        person = Person.objects.create_user(f"{name}@bench.example", None)
        Membership.objects.create(person=person, institution=house, roles=[role])
        Authenticator.objects.create(user=person, type="totp", data={"secret": "unused"})
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session.create()
        cookies[name] = str(session.session_key)
        for _ in range(NOTIFICATIONS):
            notify(Event.DECISION_TAKEN, [person], "/licensing/register/7/")
    for number in range(TRAIL_ROWS):
        trail.append(Happening.SIGNED_IN, "somebody", number=number)
    _firms()
    _applications(firm)
    return cookies


def _firms() -> None:
    from sanad.programmes.licensing.models import Firm

    facts = {
        field.name: "" if field.get_internal_type() == "CharField" else 1 for field in Firm._meta.concrete_fields
    }  # fmt: skip
    for number in range(1, FIRMS + 1):
        name = f"Example Firm {number}"
        Firm.objects.create(**{**facts, "number": number, "name": name, "sought": name.lower(), "kind": 3, "status": 2})


def _applications(firm: object) -> None:
    from django.utils import timezone

    from sanad.people.models import Person
    from sanad.programmes.licensing.models import Application

    maker, now = Person.objects.get(email="maker@bench.example"), timezone.now()
    for number in range(APPLICATIONS):
        state, ended = ("filed", None) if number % 3 else ("decided", now)
        Application.objects.create(
            institution=firm, started_by=maker, state=state, filed_at=now, filed_entry=number + 1, ended_at=ended
        )  # type: ignore[misc]


# --- the two servers --------------------------------------------------------------------------------------------------

_BARE = """
import sys
from waitress import serve
page = open(sys.argv[2], "rb").read()
head = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))]
def application(_, start):
    start("200 OK", head)
    return [page]
serve(application, host="127.0.0.1", port=int(sys.argv[1]), threads=8, ident="", _quiet=True)
"""


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[int]:
    """A server process, once its port is open; its number. Ended at the end."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + START_SECONDS_MAX
        while not _is_open(port):
            if process.poll() is not None or time.monotonic() > ends:
                raise SystemExit(f"the server on port {port} did not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def processor_ms(process: int) -> float:
    """What a process has used of the processor, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_MS


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- the users --------------------------------------------------------------------------------------------------------


class User:
    """One connection, kept open, of somebody who opens one page after the other."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._port, self._cookies = port, cookies
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, page: Page) -> tuple[float, bytes]:
        """Milliseconds until the last byte, and the page. Raises when it is not served."""
        cookie = f"Cookie: session={self._cookies[page.who]}\r\n" if page.who else ""
        began = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"GET {page.path} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        body = await reader.readexactly(int(fields[b"content-length"]))
        spent = (time.perf_counter() - began) * 1_000
        if fields.get(b"connection") == b"close":
            writer.close()
            self._streams = None
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{page.path} was not served: {head.splitlines()[0].decode()}")
        return spent, body

    async def browse(self, pages: Sequence[Page], first: int, ends: float, spent: dict[str, list[float]]) -> None:
        """Page after page, beginning with another than the others, until the time is over."""
        await asyncio.sleep((first % 50) / 50 * THINK_SECONDS)
        number = first
        while time.perf_counter() < ends:
            page, opened = pages[number % len(pages)], time.perf_counter()
            spent[page.path].append((await self.open(page))[0])
            number += 1
            await asyncio.sleep(max(0.0, THINK_SECONDS - (time.perf_counter() - opened)))


async def warmed(port: int, cookies: dict[str, str], pages: Sequence[Page]) -> None:
    """Templates, catalogues and connections, as after the first minute of a day."""
    people = [User(port, cookies) for _ in range(8)]
    for page in pages:
        await asyncio.gather(*(person.open(page) for person in people))


async def alone(port: int, cookies: dict[str, str], page: Page, process: int) -> float:
    """Milliseconds of the server's processor for one opening of a page."""
    person, before = User(port, cookies), processor_ms(process)
    for _ in range(ALONE):
        await person.open(page)
    return (processor_ms(process) - before) / ALONE


async def together(
    port: int, cookies: dict[str, str], pages: Sequence[Page], users: int, seconds: float
) -> dict[str, list[float]]:
    """What each page took, in milliseconds on the wall, with all users at once."""
    spent: dict[str, list[float]] = defaultdict(list)
    people = [User(port, cookies) for _ in range(users)]
    ends = time.perf_counter() + seconds
    await asyncio.gather(*(person.browse(pages, number, ends, spent) for number, person in enumerate(people)))
    return spent


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one server: milliseconds of each opening, by page, and of the processor, by page."""

    spent: dict[str, list[float]]
    processor: dict[str, float]


async def measure(
    port: int, process: int, cookies: dict[str, str], pages: Sequence[Page], users: int, seconds: float
) -> Measured:
    """Warm it, then each page alone, then all together."""
    await warmed(port, cookies, pages)
    processor = {page.path: await alone(port, cookies, page, process) for page in pages}
    return Measured(await together(port, cookies, pages, users, seconds), processor)


def percentiles(values: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    cuts = quantiles(values, n=20, method="inclusive") if len(values) > 1 else values * 19
    return cuts[9], cuts[18]


def main() -> None:
    """Print a row a page, and whether the target is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cookies = furnish(Path(folder) / "home")
        portal_port, bare_port = 18_480, 18_481
        serve = ["-m", "sanad.wiring.command_line", "portal", "--data", f"{folder}/home", "--port", str(portal_port)]
        with running(serve, portal_port) as process:
            _told, page = asyncio.run(User(portal_port, cookies).open(PAGES[1]))
            fixed = Path(folder) / "page.html"
            fixed.write_bytes(page)
            portal = asyncio.run(measure(portal_port, process, cookies, PAGES, given.users, given.seconds))
        with running(["-c", _BARE, str(bare_port), str(fixed)], bare_port) as process:
            bare = asyncio.run(measure(bare_port, process, {}, PAGES[:1], given.users, given.seconds / 2))
    report(given.users, portal, bare)


def report(users: int, portal: Measured, bare: Measured) -> None:
    """A row a page, and whether the target is met."""
    bare_p50, bare_p95 = percentiles(bare.spent["/"])
    bare_processor = bare.processor["/"]
    print(f"{users} users, a page a second each; load of the machine at the end {os.getloadavg()[0]:.1f}")
    print(f"{'page':<32}{'p50 ms':>8}{'p95 ms':>8}{'ratio':>7}{'processor ms':>14}{'ratio':>7}{'opened':>8}")
    everything = [each for values in portal.spent.values() for each in values]
    rows = [(each.path, portal.spent[each.path], portal.processor[each.path]) for each in PAGES]
    rows.append(("all pages", everything, sum(portal.processor.values()) / len(portal.processor)))
    for name, values, processor in rows:
        p50, p95 = percentiles(values)
        ratios = p95 / bare_p95, processor / max(bare_processor, _TICK_MS / ALONE)
        print(f"{name:<32}{p50:>8.1f}{p95:>8.1f}{ratios[0]:>7.1f}{processor:>14.1f}{ratios[1]:>7.1f}{len(values):>8}")
    told = f"{bare_p50:>8.1f}{bare_p95:>8.1f}{1:>7.1f}{bare_processor:>14.1f}{1:>7.1f}{len(bare.spent['/']):>8}"
    print(f"{'a bare page':<32}{told}")
    met = percentiles(everything)[1] <= TARGET_P95_MS
    print("target met" if met else f"target of {TARGET_P95_MS:.0f} ms missed")


if __name__ == "__main__":
    main()
