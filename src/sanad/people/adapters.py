"""How the sign-in package (django-allauth) is fitted to this house."""

import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from smtplib import SMTPException
from threading import BoundedSemaphore
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as package_context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMessage
from django.http import HttpRequest

from sanad.base.digests import digest

log = logging.getLogger("sanad.mail")
MAILS_WAITING_MAX = 200
_waiting = BoundedSemaphore(MAILS_WAITING_MAX)
_sender = ThreadPoolExecutor(1, thread_name_prefix="sanad-mail")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package has no types
    """Accounts by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up without an invitation, which has a page of its own."""
        del request
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Written now, sent by another thread: how long the mail server takes, or that it is away, would tell who has
        an account. It may hold a link that resets a password, so it is in no table; who gets none asks again.
        """
        request = package_context.request
        told = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        message = self.render_mail(template_prefix, email, told)
        if _waiting.acquire(blocking=False):
            _sender.submit(_send, message)
        else:
            log.warning("a mail of an account was not sent: %d wait already", MAILS_WAITING_MAX)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except (OSError, SMTPException) as error:
        log.warning("a mail of an account did not leave: %s", type(error).__name__)
    finally:
        _waiting.release()


def wait_for_mail() -> None:
    """Until all that waits now has been sent, or has failed."""
    _sender.submit(int).result()


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
