"""How the sign-in package (django-allauth) is fitted to this house."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from sanad.base.digests import digest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package has no types
    """Accounts by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up without an invitation, which has a page of its own."""
        del request
        return False


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticators are sealed with the portal's key, which is not in the database."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed one."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Who asks for a passkey: the portal, at the host of its own origin and no other."""
        return {"id": settings.ORIGIN_HOST, "name": "Sanad"}


def _seal() -> Fernet:
    key = digest(b"sanad/portal/second-factor/v1\n", str(settings.SECRET_KEY).encode())
    return Fernet(base64.urlsafe_b64encode(key))
