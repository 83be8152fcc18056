"""Forms of accounts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from sanad.people.models import Person
from sanad.people.rights import Role


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The invitation goes there, and it is what they sign in with."),
    )
    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, roles: Iterable[Role], **named: Any) -> None:
        super().__init__(*args, **named)
        field = self.fields["roles"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(role.value, role.label) for role in sorted(roles)]


class PasswordForm(forms.Form):
    """A first password."""

    password = forms.CharField(
        label=_("Password"), max_length=128, strip=False, help_text=_("At least 12 characters. A few words are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, email: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self._email = email

    def clean_password(self) -> str:
        """Held to the rules of passwords."""
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, Person(email=self._email))
        return password
