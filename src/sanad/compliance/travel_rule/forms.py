"""Shapes of what is typed: a transfer to be asked for, answers, missing data, wallets."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.base.errors import Malformed
from sanad.compliance.travel_rule.models import ProofKind
from sanad.standards.identifiers import is_lei
from sanad.standards.ivms101.codes import is_country
from sanad.standards.ivms101.model import (
    Address,
    AddressType,
    Birth,
    Identifier,
    IdentifierType,
    Issue,
    LegalName,
    LegalPerson,
    NaturalName,
    NaturalPerson,
    Party,
    Person,
)
from sanad.standards.trp import addresses, assets, messages

_SYMBOLS = [(each.symbol, each.symbol) for each in assets.KNOWN]
_NUMBER_KINDS = [
    ("", gettext_lazy("None")),
    (IdentifierType.IDENTITY_CARD.value, gettext_lazy("Identity card")),
    (IdentifierType.PASSPORT.value, gettext_lazy("Passport")),
    (IdentifierType.DRIVER_LICENCE.value, gettext_lazy("Driving licence")),
    (IdentifierType.TAX.value, gettext_lazy("Tax number")),
]


_ISSUES = [
    ("", gettext_lazy("As the institution writes to us")),
    (Issue.OF_2023.value, "IVMS101.2023"), (Issue.OF_2020.value, "IVMS101 (2020)"),
]  # fmt: skip


class SendForm(forms.Form):
    """What is to be sent, and whom to ask."""

    travel_address = forms.CharField(
        label=gettext_lazy("Travel address"), max_length=addresses.CHARACTERS_MAX, required=False,
        help_text=gettext_lazy("It begins with ta; the beneficiary has it from their institution. Leave it empty when "
                               "the institution has none: it is then asked through a secure link."),
    )  # fmt: skip
    institution_name = forms.CharField(label=gettext_lazy("Beneficiary's institution"), max_length=100)
    institution_lei = forms.CharField(
        label=gettext_lazy("Its Legal Entity Identifier"), max_length=20, required=False,
        help_text=gettext_lazy("20 characters, if you know it."),
    )  # fmt: skip
    asset = forms.ChoiceField(label=gettext_lazy("Asset"), choices=_SYMBOLS)
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    issue = forms.ChoiceField(
        label=gettext_lazy("Form of the data"), required=False, choices=_ISSUES,
        help_text=gettext_lazy("IVMS101.2023 where it never did. Choose the one of 2020 when it cannot read what it "
                               "was sent."),
    )  # fmt: skip

    def clean_travel_address(self) -> str:
        """One that can be read."""
        text = str(self.cleaned_data["travel_address"]).strip()
        if text:
            try:
                addresses.decode(text)
            except Malformed:
                raise forms.ValidationError(_("This is no travel address; copy it again, whole.")) from None
        return text

    def clean_institution_lei(self) -> str:
        """With its check digits."""
        return _clean_lei(self.cleaned_data["institution_lei"])

    def clean_amount(self) -> str:
        """A decimal number."""
        return _clean_amount(self.cleaned_data["amount"])

    @property
    def wanted_issue(self) -> Issue | None:
        """In which issue it is sent, where somebody chose."""
        chosen = self.cleaned_data["issue"]
        return Issue(chosen) if chosen else None

    @property
    def institution(self) -> Person:
        """Whom to ask."""
        lei = self.cleaned_data["institution_lei"]
        identification = Identifier(lei, IdentifierType.LEI) if lei else None
        return LegalPerson((LegalName(self.cleaned_data["institution_name"]),), identification=identification)


class PersonForm(forms.Form):
    """A person who pays: name, and what identifies them."""

    primary = forms.CharField(label=gettext_lazy("Family name, or the whole name"), max_length=100)
    secondary = forms.CharField(label=gettext_lazy("Given names"), max_length=100, required=False)
    street = forms.CharField(label=gettext_lazy("Street"), max_length=70, required=False)
    building = forms.CharField(label=gettext_lazy("House number"), max_length=16, required=False)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=35, required=False)
    country = forms.CharField(
        label=gettext_lazy("Country"), max_length=2, required=False, help_text=gettext_lazy("Two letters, such as PK.")
    )
    number_kind = forms.ChoiceField(label=gettext_lazy("Official number"), choices=_NUMBER_KINDS, required=False)
    number = forms.CharField(label=gettext_lazy("The number"), max_length=35, required=False)
    birth_date = forms.DateField(
        label=gettext_lazy("Date of birth"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    birth_place = forms.CharField(label=gettext_lazy("Place of birth"), max_length=70, required=False)

    def clean_country(self) -> str:
        """Of ISO 3166-1."""
        code = str(self.cleaned_data["country"]).strip().upper()
        if code and not is_country(code):
            raise forms.ValidationError(_("Write the country as two letters of ISO 3166-1."))
        return code

    def clean(self) -> dict[str, Any]:
        """Parts that belong together, and one of them at least."""
        given = super().clean() or {}
        if given.get("street") and not (given.get("building") and given.get("country")):
            self.add_error("building", _("An address needs a house number and a country."))
        if given.get("number_kind") and not (given.get("number") and given.get("country")):
            self.add_error("number", _("Write the number, and the country that gave it."))
        if given.get("birth_date") and not given.get("birth_place"):
            self.add_error("birth_place", _("Write the place, too."))
        if not (given.get("street") or given.get("number_kind") or given.get("birth_date")):
            raise forms.ValidationError(_("Give an address, an official number, or date and place of birth."))
        return given

    @property
    def person(self) -> NaturalPerson:
        """As a value."""
        given = self.cleaned_data
        address = Address(
            AddressType.HOME, given["country"], street_name=given["street"], building_number=given["building"],
            town_name=given["town"],
        )  # fmt: skip
        number = Identifier(given["number"], IdentifierType(given["number_kind"]), given["country"]) if (
            given["number_kind"]
        ) else None  # fmt: skip
        return NaturalPerson(
            (NaturalName(given["primary"], given["secondary"]),),
            addresses=(address,) if given["street"] else (),
            identification=number,
            birth=Birth(given["birth_date"].isoformat(), given["birth_place"]) if given["birth_date"] else None,
        )


class OriginatorForm(PersonForm):
    """Who pays, from where."""

    account = forms.CharField(label=gettext_lazy("Account or wallet"), max_length=100)
    field_order = ("primary", "secondary", "account")

    @property
    def party(self) -> Party:
        """As a value."""
        return Party((self.person,), (self.cleaned_data["account"],))


class BeneficiaryForm(forms.Form):
    """Who is paid, where."""

    primary = forms.CharField(label=gettext_lazy("Family name, or the whole name"), max_length=100)
    secondary = forms.CharField(label=gettext_lazy("Given names"), max_length=100, required=False)
    account = forms.CharField(label=gettext_lazy("Account or wallet"), max_length=100)

    @property
    def party(self) -> Party:
        """As a value."""
        given = self.cleaned_data
        return Party((NaturalPerson((NaturalName(given["primary"], given["secondary"]),)),), (given["account"],))


class AddressForm(forms.Form):
    """Approve: where to pay."""

    address = forms.CharField(label=gettext_lazy("Payment address for this transfer"), max_length=1_000)


class ReasonForm(forms.Form):
    """Reject or cancel: why."""

    reason = forms.CharField(
        label=gettext_lazy("A sentence for the other institution"), max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=gettext_lazy("They read it as you write it."),
    )  # fmt: skip


class TransactionForm(forms.Form):
    """Confirm: which transaction."""

    txid = forms.CharField(label=gettext_lazy("Transaction"), max_length=1_000)


class LinkAnswerForm(forms.Form):
    """The answer through a secure link."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Your answer"), widget=forms.RadioSelect,
        choices=[("approve", gettext_lazy("We approve: the beneficiary is our customer")),
                 ("reject", gettext_lazy("We reject"))],
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Payment address for this transfer"), max_length=1_000, required=False,
        help_text=gettext_lazy("When you approve."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why you reject"), max_length=1_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """What the answer needs."""
        given = super().clean() or {}
        if given.get("decision") == "approve":
            given["reason"] = ""
            if not given.get("address"):
                self.add_error("address", _("Write where to pay."))
        if given.get("decision") == "reject":
            given["address"] = ""
            if not given.get("reason"):
                self.add_error("reason", _("Write why, in a sentence."))
        return given


class WalletForm(forms.Form):
    """Which wallet, and how its control is to be shown."""

    kind = forms.ChoiceField(label=gettext_lazy("How"), choices=ProofKind.choices, widget=forms.RadioSelect)
    symbol = forms.ChoiceField(label=gettext_lazy("Asset"), choices=_SYMBOLS)
    address = forms.CharField(label=gettext_lazy("Address of the wallet"), max_length=120)


class SignatureForm(forms.Form):
    """The signature of a wallet."""

    signature = forms.CharField(
        label=gettext_lazy("Signature"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr"})
    )


class SmallPaymentForm(forms.Form):
    """The payment that was seen."""

    txid = forms.CharField(label=gettext_lazy("Transaction"), max_length=200)
    amount = forms.CharField(
        label=gettext_lazy("Amount that arrived"), max_length=40,
        help_text=gettext_lazy("As the chain shows it, to the last digit."),
    )  # fmt: skip

    def clean_amount(self) -> str:
        """A decimal number."""
        return _clean_amount(self.cleaned_data["amount"])


def _clean_amount(text: Any) -> str:
    try:
        return messages.plain_amount(str(text))
    except Malformed:
        raise forms.ValidationError(_("Write a number that is more than 0, such as 0.25.")) from None


def _clean_lei(text: Any) -> str:
    lei = str(text).strip().upper()
    if lei and not is_lei(lei):
        raise forms.ValidationError(_("This is no LEI: its last two digits do not fit. Look it up again."))
    return lei
