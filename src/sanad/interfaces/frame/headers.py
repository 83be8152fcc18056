"""Headers of every answer: what a browser may load, keep and tell."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",  # the small drawings in Bootstrap's style sheet, and the code to scan for TOTP
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
)
POLICY = "; ".join(_DIRECTIVES)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=(), browsing-topics=(), "
        "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Headers:
    """Middleware: the headers above, and no copies of pages made for one person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """One request."""
        response = self._get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        user = getattr(request, "user", None)
        is_known = user is not None and user.is_authenticated
        # Whoever brings a session may have been known until a moment ago: signing out, an expired session.
        kept = "no-store" if is_known or settings.SESSION_COOKIE_NAME in request.COOKIES else "no-cache, private"
        response.headers.setdefault("Cache-Control", kept)
        if is_left(request):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


def is_left(request: HttpRequest) -> bool:
    """Whether somebody has just signed out: what the browser has of us goes with the session."""
    match = request.resolver_match
    return request.method == "POST" and match is not None and match.url_name == "account_logout"
