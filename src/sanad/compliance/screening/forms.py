"""Shapes of what is typed: a search, a decision, a customer, a list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sanad.base.errors import Malformed
from sanad.compliance.screening.desk.asking import query_of
from sanad.compliance.screening.desk.lists import FRESH_HOURS_MAX
from sanad.compliance.screening.models import PaymentVerdict, Scope, VerdictWord
from sanad.matching.words import Query
from sanad.standards.sanctions.formats import Format

_SCHEMAS = [
    ("any", _("Person or firm")), ("person", _("Person")), ("organization", _("Firm or organisation")),
    ("vessel", _("Vessel or aircraft")), ("wallet", _("Wallet")),
]  # fmt: skip
FORMAT_WORDS = {
    Format.UN: _("United Nations, XML"), Format.OFAC: _("OFAC, CSV (SDN, ALT, ADD)"),
    Format.FOLLOW_THE_MONEY: _("FollowTheMoney, JSON lines (OpenSanctions)"),
    Format.NATIONAL: _("National list, CSV with a head"), Format.TAGPACK: _("Wallets, tagpack YAML"),
}  # fmt: skip


class QueryForm(forms.Form):
    """Whom to look for."""

    name = forms.CharField(
        label=_("Name"), max_length=10_000, required=False, strip=False,
        help_text=_("In any script. Several names of the same one: put | between them."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )  # fmt: skip
    schema = forms.ChoiceField(label=_("What it is"), choices=_SCHEMAS, required=False)
    father_name = forms.CharField(
        label=_("Father's name"), max_length=500, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    birth_date = forms.CharField(
        label=_("Birth date or year"), max_length=40, required=False, help_text=_("1968-03-09, 1968 or 09/03/1968")
    )
    country = forms.CharField(label=_("Country"), max_length=100, required=False)
    identifier = forms.CharField(
        label=_("Identity card, passport or other number"),
        max_length=100,
        required=False,
    )
    wallet = forms.CharField(label=_("Wallet address"), max_length=200, required=False)

    query: Query

    def clean(self) -> dict[str, Any]:
        """The query; what cannot be read is told beside its field."""
        given = super().clean() or {}
        field = {"birth date": "birth_date", "country": "country", "father's name": "father_name", "wallet": "wallet"}
        try:
            self.query = query_of(
                [each.strip() for each in given.get("name", "").split("|")], schema=given.get("schema", ""),
                father_name=given.get("father_name", ""), birth_date=given.get("birth_date", ""),
                country=given.get("country", ""), identifiers=[given.get("identifier", "")],
                wallets=[given.get("wallet", "")],
            )  # fmt: skip
        except Malformed as error:
            self.add_error(field.get(error.field), ADVICE.get(error.code, error.advice))
        return given


ADVICE: dict[str, Any] = {
    "birth_unknown": _("write 1968-03-09, 1968 or 09/03/1968 (day first)"),
    "country_unknown": _("write a country's name or its two letters (PK)"),
    "too_long": _("this is too long"),
    "too_many": _("these are too many"),
    "name_empty": _("give a name with at least one letter or digit"),
    "names_too_many": _("give at most 20 names"),
    "name_too_long": _("the name is longer than 500 characters; give the name alone"),
    "birth_in_future": _("the birth date has not come yet; look at it again"),
    "list_stale": _("a list is stale: nobody has looked for a newer version in time; import it, then ask again"),
    "list_unavailable": _("no list can be read; the authority imports one, then ask again"),
    "search_failed": _("the search failed; tell whoever runs this system, then ask again"),
    "mixed_scripts": _("a word mixes letters of several scripts; write the name in one script, then ask again"),
    "too_many_candidates": _("too many come near; give a birth date, a father's name or a number, then ask again"),
    "time_out": _("it took too long; ask again"),
    "decisions_unavailable": _("earlier decisions cannot be read; tell whoever runs this system, then ask again"),
}
"""What to do about an answer that is unresolved, by its code."""
NOTES: dict[str, Any] = {
    "hidden_characters": _(
        "The name holds characters that cannot be seen, such as ones that turn the writing; they were left out."
    ),
    "mixed_scripts": _("A word of the name mixes letters of several scripts, as forgers do; both readings were tried."),
}


class DecisionForm(forms.Form):
    """What is decided about a match."""

    verdict = forms.ChoiceField(label=_("Who is it?"), choices=VerdictWord.choices, widget=forms.RadioSelect)
    scope = forms.ChoiceField(
        label=_("What does this hold for?"), choices=Scope.choices, widget=forms.RadioSelect, initial=Scope.SAME_DATA
    )
    reason = forms.CharField(
        label=_("Why?"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("What differs or fits, and how you know. It is sealed, and shown to whoever decides next."),
    )  # fmt: skip
    days = forms.IntegerField(label=_("For how many days?"), min_value=1, max_value=3_650)


class NameFileForm(forms.Form):
    """A file of names."""

    document = forms.FileField(
        label=_("File"),
        help_text=_("CSV in UTF-8 with a head: at most 10 MB and 100,000 rows. Remove it when you have the answers."),
    )  # fmt: skip


FILE_ADVICE: dict[str, Any] = {
    "csv.head": _("the first row names the columns, at most 100 of them, and one of them is called name"),
    "csv.broken": _("the row cannot be read: look at its quotes"),
    "file.rows": _("a file has at most 100,000 rows here: cut it, or use the command: sanad screen --file"),
    "file.rows_missing": _("there is no row below the head"),
    "file.characters": _("save the file as CSV in UTF-8: this line holds other bytes"),
    "file.unreadable": _("what was kept of the file cannot be read: remove it, and give it again"),
}
"""What to do about a file that is refused."""


ISO_REASON_WORDS: dict[str, Any] = {
    "RR04": _("a reason of the law (RR04)"), "BE01": _("the data of payer or payee do not agree (BE01)"),
    "FR01": _("fraud is suspected (FR01)"), "AG01": _("this payment may not be made (AG01)"),
    "CUST": _("withdrawn by whoever ordered it (CUST)"),
}  # fmt: skip
"""What whoever ordered a refused payment is told: nothing of what was found."""


class HeldForm(forms.Form):
    """What is decided about a held payment."""

    verdict = forms.ChoiceField(label=_("What shall be done?"), choices=(), widget=forms.RadioSelect)
    iso_reason = forms.ChoiceField(
        label=_("Of a refusal: what is whoever ordered it told?"), choices=ISO_REASON_WORDS.items(), initial="RR04",
        required=False,
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why?"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("It is sealed, and its digest is bound into what is sent."),
    )  # fmt: skip

    def __init__(self, *given: Any, may_release: bool = True, **named: Any) -> None:
        super().__init__(*given, **named)
        wanted = (PaymentVerdict.RELEASE, PaymentVerdict.REFUSE) if may_release else (PaymentVerdict.REFUSE,)
        verdict = self.fields["verdict"]
        if isinstance(verdict, forms.ChoiceField):
            verdict.choices = [(each.value, each.label) for each in wanted]

    def clean(self) -> dict[str, Any]:
        """A refusal names a reason of ISO's."""
        given = super().clean() or {}
        if given.get("verdict") == PaymentVerdict.REFUSE and not given.get("iso_reason"):
            self.add_error("iso_reason", _("say which reason whoever ordered it is told"))
        return given


class GiveBackForm(forms.Form):
    """That the money of a reservation is given back."""

    reason = forms.CharField(
        label=_("Why?"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("It is sealed, and its digest is bound into what is sent."),
    )  # fmt: skip


class CustomerForm(QueryForm):
    """A customer to be screened from now on."""

    reference = forms.CharField(
        label=_("Your number of the customer"), max_length=40, help_text=_("A number of your own, no name.")
    )
    field_order = ("reference", "name")


class TermsForm(forms.Form):
    """How an institution screens."""

    needs_two = forms.BooleanField(label=_("A second person confirms every decision"), required=False)
    days = forms.IntegerField(
        label=_("A decision holds for at most so many days"), min_value=1, max_value=3_650,
        help_text=_("After that the match is to be decided again."),
    )  # fmt: skip


class SeveralFiles(forms.ClearableFileInput):
    """OFAC's list comes in three files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of them."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(each, initial) for each in given]


class ListForm(forms.Form):
    """A file as the newest version of a list."""

    source = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{0,30}$", label=_("List"), max_length=31,
        help_text=_("What it is called here, in small letters, digits and hyphens: un, ofac, nacta."),
    )  # fmt: skip
    documents = FilesField(label=_("File"), help_text=_("Of OFAC's list the three files SDN, ALT and ADD together."))
    file_format = forms.ChoiceField(
        label=_("Format"), required=False, choices=[("", _("Told from the file")), *FORMAT_WORDS.items()]
    )
    expected_digest = forms.RegexField(
        r"^[0-9a-fA-F]{64}$", label=_("SHA-256 that the publisher tells"), required=False,
        help_text=_("Another file is then refused."),
    )  # fmt: skip
    fresh_hours = forms.IntegerField(
        label=_("Stale after so many hours"), required=False, min_value=1, max_value=FRESH_HOURS_MAX,
        help_text=_("Unless somebody has looked for a newer version by then, every answer is unresolved."),
    )  # fmt: skip
    accepts_smaller = forms.BooleanField(
        label=_("It is right that the list lost more than a fifth of its entries"), required=False
    )
