"""Every URL of the portal. Programmes bring their own: `/<programme>/…` and `/api/v1/<programme>/…`."""

from importlib import import_module

from allauth.account import urls as account_urls
from allauth.mfa import urls as mfa_urls
from allauth.usersessions import urls as session_urls
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from sanad.interfaces import api
from sanad.interfaces.frame import urls as frame_urls
from sanad.people.access import GUEST, PUBLIC, SIGNED_IN, Audience, guarded
from sanad.signing import urls as signing_urls
from sanad.wiring import portal

Patterns = list[URLPattern | URLResolver]

SIGN_IN: dict[str, Audience] = {
    "account_login": GUEST,
    "account_logout": SIGNED_IN,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_signup": GUEST,  # tells that accounts are by invitation
    "mfa_authenticate": GUEST,
    "mfa_login_webauthn": GUEST,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "usersessions_list": SIGNED_IN,
}
"""Pages of the sign-in package that we use, and whom they are for. Its other pages are not there."""


def _of_package(patterns: Patterns) -> Patterns:
    """The chosen URLs of the sign-in package, guarded like our own."""
    kept: Patterns = []
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = _of_package(list(each.url_patterns))
            kept += [URLResolver(each.pattern, inner)] if inner else []
        elif each.name in SIGN_IN:
            kept.append(
                URLPattern(each.pattern, guarded(each.callback, SIGN_IN[each.name]), each.default_args, each.name)
            )
    return kept


def _of_programmes() -> Patterns:
    found: Patterns = []
    for name in settings.PROGRAMMES:
        if portal.has(name, "urls"):
            label = portal.label(name)
            found.append(path(f"{label}/", include((f"{name}.urls", label))))
        if portal.has(name, "api"):
            api.api.add_router(f"/{portal.label(name)}", import_module(f"{name}.api").router)
    return found


urlpatterns: Patterns = [
    *_of_programmes(),  # first: their pages come first in the navigation
    path("signing/", include(signing_urls)),
    *frame_urls.urlpatterns,
    path("account/", include(_of_package(list(account_urls.urlpatterns)))),
    path("account/factors/", include(_of_package(list(mfa_urls.urlpatterns)))),
    path("account/sessions/", include(_of_package(list(session_urls.urlpatterns)))),
    path("api/v1/", api.api.urls),
]
handler400 = "sanad.interfaces.frame.errors.bad_request"
handler403 = "sanad.interfaces.frame.errors.forbidden"
handler404 = "sanad.interfaces.frame.errors.not_found"
handler500 = "sanad.interfaces.frame.errors.fault"
handler429 = "sanad.interfaces.frame.errors.too_many"  # asked for by the sign-in package
