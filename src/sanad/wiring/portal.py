"""What the portal is started with: its folder, its key, its origin, its databases, its programmes."""

import os
import pkgutil
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sanad import compliance, programmes
from sanad.base.errors import Malformed
from sanad.node.folder import write_file
from sanad.tables.names import SECRET, VIEW, WORKING

KEY_FILE = "portal.key"
SIGNING_DEFAULT = "http://signing.localhost:8481"
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_ROOMS = (compliance, programmes)
_INIT = "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA trusted_schema = OFF; {overwrite}"
_OVERWRITE = "PRAGMA secure_delete = ON"
"""What is deleted is overwritten in the file: an erasure leaves nothing in it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where people reach the portal."""

    scheme: str
    host: str
    port: int | None

    @property
    def is_https(self) -> bool:
        """Whether cookies can be bound to it."""
        return self.scheme == "https"

    @property
    def text(self) -> str:
        """As a browser says it."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    @property
    def hosts(self) -> list[str]:
        """Host names that requests may name."""
        return sorted({self.host, *(_LOOPBACK if self.host in _LOOPBACK else ())})


def origin(text: str) -> Origin:
    """`https://portal.example`, or `http://localhost:PORT` on one's own machine. Raises `Malformed`."""
    parts = urlsplit(text)
    advice = "write https://HOST, or http://localhost:PORT on your own machine, and nothing after it"
    if parts.path not in ("", "/") or parts.query or parts.username or not parts.hostname:
        raise Malformed("SANAD_ORIGIN", "origin_bad", advice)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise Malformed("SANAD_ORIGIN", "origin_insecure", advice)
    return Origin(parts.scheme, parts.hostname, parts.port)


def signing_origin(text: str, beside: Origin) -> Origin:
    """Where persons sign: `https://signing.example`, or `http://signing.localhost:PORT` on one's own machine.

    Never where people sign in, nor above it: a passkey made there would sign in here, too. Raises `Malformed`.
    """
    parts = urlsplit(text)
    advice = "write https://HOST, or http://signing.localhost:PORT on your own machine; another host than the portal's"
    host = parts.hostname or ""
    is_own_machine = host.endswith(".localhost")
    if parts.path not in ("", "/") or parts.query or parts.username or not host:
        raise Malformed("SANAD_SIGNING_ORIGIN", "origin_bad", advice)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_own_machine):
        raise Malformed("SANAD_SIGNING_ORIGIN", "origin_insecure", advice)
    if beside.host == host or beside.host.endswith(f".{host}"):
        raise Malformed("SANAD_SIGNING_ORIGIN", "origin_shared", advice)
    return Origin(parts.scheme, host, parts.port)


def prepare(folder: Path) -> None:
    """Make the portal's folder and key, where they are not there yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / KEY_FILE).exists():
        return
    mine = folder / f"{KEY_FILE}.{os.getpid()}"
    write_file(mine, secrets.token_urlsafe(64).encode())
    with suppress(FileExistsError):  # portal and projector may begin in the same moment: the first key stays
        (folder / KEY_FILE).hardlink_to(mine)
    mine.unlink()


def uploads(folder: Path) -> str:
    """Where what is too large for the memory waits while it is read: a folder of the portal's own."""
    place = folder / "uploads"
    if folder.exists():
        place.mkdir(mode=0o700, exist_ok=True)
    return str(place)


def key(folder: Path) -> str:
    """The key that signs links and sessions and seals secrets; "" before `prepare`: then Django refuses to work."""
    try:
        return (folder / KEY_FILE).read_text("ascii")
    except FileNotFoundError:
        return ""


def databases(folder: Path, url: str) -> dict[str, dict[str, Any]]:
    """The three databases: files in `folder`, or three schemas of the PostgreSQL database of `url`."""
    if url:
        return {alias: _postgresql(url, schema) for alias, schema in SCHEMAS.items()}
    return {alias: _sqlite(folder / f"{schema}.sqlite", alias) for alias, schema in SCHEMAS.items()}


SCHEMAS = {WORKING: "working", VIEW: "view", SECRET: "secret"}
"""Alias of each database, and the name of its file or schema."""


def _sqlite(path: Path, alias: str) -> dict[str, Any]:
    return {
        "ENGINE": "sanad.tables.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 5,
            "transaction_mode": "IMMEDIATE",
            # A view that a power cut takes back is filled again from the record; people's work is not.
            "init_command": _INIT.format(
                synchronous="NORMAL" if alias == VIEW else "FULL", overwrite="" if alias == VIEW else _OVERWRITE
            ),
        },
    }


def _postgresql(url: str, schema: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise Malformed("SANAD_DATABASE_URL", "url_bad", "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    socket = parse_qs(parts.query).get("host", [""])[0]  # a folder: `postgresql:///DATABASE?host=/run/postgresql`
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or socket,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": f"-c search_path={schema} -c lock_timeout=5s -c statement_timeout=30s"},
    }


def mail(url: str, folder: Path) -> dict[str, Any]:
    """How e-mail leaves: files in `folder`, or SMTP: `smtps://USER:PASSWORD@HOST:PORT` or `smtp://…` (STARTTLS)."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": str(folder)}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Malformed("SANAD_MAIL_URL", "url_bad", "write smtps://USER:PASSWORD@HOST:PORT")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and parts.hostname not in _LOOPBACK,
        "EMAIL_TIMEOUT": 10,
    }


def programme_names() -> list[str]:
    """Full names of the programmes: every folder in the two rooms. One that is there is installed, with its URLs, API
    and projection; its last name is its label, and no two are the same.
    """  # fmt: skip
    return [f"{room.__name__}.{each.name}" for room in _ROOMS for each in _inside(room)]


def label(programme: str) -> str:
    """The last part of a programme's name: what its URLs begin with."""
    return programme.rpartition(".")[2]


def has(programme: str, module: str) -> bool:
    """Whether a programme, by its full name, has one of the standard files or a folder in its place."""
    place = Path(__file__).parents[1].joinpath(*programme.split(".")[1:], module)
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def _inside(room: ModuleType) -> list[pkgutil.ModuleInfo]:
    return sorted((each for each in pkgutil.iter_modules(room.__path__) if each.ispkg), key=lambda each: each.name)


def environment(name: str, default: str = "") -> str:
    """A setting from the environment."""
    return os.environ.get(name, "") or default
