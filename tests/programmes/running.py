"""Django started once for the tests, in a folder of its own; and the stock cast of people who try everything."""

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanad.people.models import Person

CAST = (
    "licensing_officer", "head", "supervisor", "auditor", "administrator", "maker", "checker", "compliance_officer",
    "nobody", "outsider",
)  # fmt: skip
"""Who tries: one for each role; `nobody` has an account and no membership, `outsider` has not signed in."""
PASSWORD = "correct horse battery staple"


@cache
def start() -> Path:
    """Settings, tables and views; the folder that SANAD_HOME names."""
    folder = Path(os.environ.get("SANAD_TEST_HOME") or tempfile.mkdtemp(prefix="sanad-portal-"))
    os.environ.update(
        SANAD_HOME=str(folder), DJANGO_SETTINGS_MODULE="sanad.wiring.settings", SANAD_NODE="http://localhost:9"
    )
    os.environ.pop("SANAD_ORIGIN", None)
    from sanad.wiring import portal

    portal.prepare(folder / "portal")
    (folder / "portal" / "static").mkdir(exist_ok=True)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from sanad.tables.kinds import MIGRATED
    from sanad.tables.schemas import make_schemas
    from sanad.wiring.projector import make_views

    # Files need not be gathered first, and scrypt is slow on purpose.
    settings.STORAGES = {
        **settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }  # fmt: skip
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    setup_test_environment()
    settings.ALLOWED_HOSTS = ["localhost"]
    make_schemas()
    for alias in MIGRATED:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    make_views()
    return folder


def make_cast() -> "dict[str, Person | None]":
    """The stock cast, in an authority, a firm and an audit office; all with a second factor."""
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    from sanad.people.models import Institution, Membership, Person
    from sanad.people.rights import ROLES_OF, Kind

    houses = {kind: Institution.objects.create(kind=kind, name=f"The {kind.label}") for kind in Kind}
    homes = {str(role): houses[kind] for kind, roles in ROLES_OF.items() for role in roles}
    cast: dict[str, Person | None] = {"outsider": None}
    for name in CAST:
        if name == "outsider":
            continue
        person = Person.objects.create_user(f"{name}@test.example", PASSWORD)
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "unused"})
        if name != "nobody":
            Membership.objects.create(person=person, institution=homes[name], roles=[name])
        cast[name] = person
    return cast
