"""Serving the signing page: one page, at `/`, to whoever asks by one of its names."""

from collections.abc import Callable, Iterable
from typing import Any

from sanad.interfaces.signing_page import HEADERS, page

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def application(environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """A WSGI application."""
    if environment["PATH_INFO"] != "/":
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []
    if environment["REQUEST_METHOD"] not in ("GET", "HEAD"):
        start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
        return []
    contents = page()
    start_response("200 OK", [*HEADERS, ("Content-Length", str(len(contents)))])
    return [contents] if environment["REQUEST_METHOD"] == "GET" else []
