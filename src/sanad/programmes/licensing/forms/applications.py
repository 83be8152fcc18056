"""What applicants type: the guided questions, the sections of an application, documents, answers."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.programmes.licensing.forms.choices import choices_of, services_as_number
from sanad.programmes.licensing.models.working import DocumentKind
from sanad.programmes.licensing.queries.classifier import (
    CARVE_OUT_QUESTIONS,
    QUESTIONS,
    SERVICE_WORDS,
    CarveOut,
)
from sanad.programmes.licensing.queries.completeness import Position
from sanad.programmes.licensing.queries.ownership import FIRM
from sanad.rulebook.edition1.words import Service
from sanad.standards.identifiers import is_lei

ROWS_MAX = 50
ROWS_EMPTY = 2
_PPM_PER_PER_CENT = 10_000
_FOUR_PLACES = Decimal("0.0001")


class ClassifierForm(forms.Form):
    """The guided questions."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("What will you do?"), choices=choices_of(QUESTIONS), widget=forms.CheckboxSelectMultiple,
        required=False,
    )  # fmt: skip
    carve_outs = forms.MultipleChoiceField(
        label=gettext_lazy("Does one of these describe you?"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(str(each), words) for each, words in CARVE_OUT_QUESTIONS.items()],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One answer at least."""
        given = super().clean() or {}
        if not given.get("services") and not given.get("carve_outs"):
            raise forms.ValidationError(_("Tick at least one sentence."))
        return given

    @property
    def services_chosen(self) -> Service:
        """The services as one number."""
        return Service(services_as_number(self.cleaned_data["services"]))

    @property
    def carve_outs_chosen(self) -> frozenset[CarveOut]:
        """The carve-outs."""
        return frozenset(CarveOut(each) for each in self.cleaned_data["carve_outs"])


class ServicesForm(forms.Form):
    """Which of the ten services are applied for."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services applied for"), choices=choices_of(SERVICE_WORDS),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    @property
    def contents(self) -> int:
        """As it is kept."""
        return services_as_number(self.cleaned_data["services"])


class FirmForm(forms.Form):
    """The firm."""

    legal_name = forms.CharField(label=gettext_lazy("Legal name"), max_length=200)
    registration_number = forms.CharField(
        label=gettext_lazy("Registration number"), max_length=40, required=False,
        help_text=gettext_lazy("Leave it empty while the firm is not incorporated."),
    )  # fmt: skip
    lei = forms.CharField(
        label=gettext_lazy("Legal Entity Identifier (LEI)"), max_length=20, required=False,
        help_text=gettext_lazy("20 characters, if the firm has one."),
    )  # fmt: skip
    address = forms.CharField(label=gettext_lazy("Registered address"), max_length=300)
    website = forms.URLField(label=gettext_lazy("Website"), required=False, assume_scheme="https")
    email = forms.EmailField(label=gettext_lazy("E-mail address for this application"))
    capital = forms.IntegerField(
        label=gettext_lazy("Paid-up capital, in rupees"), min_value=0, max_value=10**15,
    )  # fmt: skip
    business = forms.CharField(
        label=gettext_lazy("What the firm will do, for whom, and from where"), max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip

    def clean_lei(self) -> str:
        """With its check digits."""
        lei = str(self.cleaned_data["lei"]).strip().upper()
        if lei and not is_lei(lei):
            raise forms.ValidationError(_("This is no LEI: its last two digits do not fit. Look it up again."))
        return lei

    @property
    def contents(self) -> dict[str, Any]:
        """As it is kept."""
        return dict(self.cleaned_data)


class RowForm(forms.Form):
    """One row of several."""

    def has_changed(self) -> bool:
        """Not while nothing is typed in a new row: its lists have a choice from the start, in every browser."""
        typed = (
            name for name, field in self.fields.items() if isinstance(field, (forms.CharField, forms.DecimalField))
        )
        is_blank = not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in typed)
        return not (self.empty_permitted and is_blank) and super().has_changed()


class OwnerForm(RowForm):
    """One holding of shares."""

    name = forms.CharField(label=gettext_lazy("Name of the owner"), max_length=120)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[("person", gettext_lazy("Person")), ("company", gettext_lazy("Company"))]
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Share in per cent"), max_digits=7, decimal_places=4, min_value=_FOUR_PLACES,
        max_value=Decimal(100),
    )  # fmt: skip
    holds_of = forms.CharField(
        label=gettext_lazy("Of which company"), max_length=120, required=False,
        help_text=gettext_lazy("Empty: of the firm itself. Else the name of a company listed here as an owner."),
    )  # fmt: skip
    nationality = forms.CharField(label=gettext_lazy("Nationality"), max_length=60, required=False)
    identity = forms.CharField(
        label=gettext_lazy("Identity card or passport number"), max_length=40, required=False,
        help_text=gettext_lazy("Of persons who hold a fifth or more in the end."),
    )  # fmt: skip

    def clean_name(self) -> str:
        """Without spaces that nobody sees: names are compared."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_holds_of(self) -> str:
        """As `clean_name`."""
        return " ".join(str(self.cleaned_data["holds_of"]).split()) or FIRM

    @property
    def contents(self) -> dict[str, Any]:
        """As it is kept: shares in millionths."""
        given = dict(self.cleaned_data)
        given.pop("DELETE", None)
        given["ppm"] = int(given.pop("percent") * _PPM_PER_PER_CENT)
        return given

    @staticmethod
    def initial_of(kept: dict[str, Any]) -> dict[str, Any]:
        """From what is kept."""
        share = (Decimal(kept["ppm"]) / _PPM_PER_PER_CENT).quantize(_FOUR_PLACES)
        return {**kept, "percent": format(share.normalize(), "f")}


class KeyPersonForm(RowForm):
    """One key person."""

    position = forms.ChoiceField(label=gettext_lazy("Position"), choices=Position.choices)
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    nationality = forms.CharField(label=gettext_lazy("Nationality"), max_length=60)
    identity = forms.CharField(label=gettext_lazy("Identity card or passport number"), max_length=40)
    is_resident = forms.BooleanField(label=gettext_lazy("Lives in Pakistan"), required=False)

    @property
    def contents(self) -> dict[str, Any]:
        """As it is kept."""
        given = dict(self.cleaned_data)
        given.pop("DELETE", None)
        return given

    @staticmethod
    def initial_of(kept: dict[str, Any]) -> dict[str, Any]:
        """From what is kept."""
        return kept


class Rows(forms.BaseFormSet):  # type: ignore[type-arg]  # Django has no such parameter at run time
    """Several forms of one kind; empty ones are passed over."""

    @property
    def contents(self) -> list[dict[str, Any]]:
        """As they are kept."""
        kept = [each for each in self.forms if each.cleaned_data.get("name") and not each.cleaned_data.get("DELETE")]
        return [cast("OwnerForm", each).contents for each in kept]


def rows_of(form: type[forms.Form]) -> type[Rows]:
    """The form several times, with two more that are empty."""
    made = forms.formset_factory(
        form, formset=Rows, extra=ROWS_EMPTY, can_delete=True, max_num=ROWS_MAX, absolute_max=ROWS_MAX
    )
    return cast("type[Rows]", made)


class DeclarationForm(forms.Form):
    """Who declares, and what."""

    declarant = forms.ChoiceField(label=gettext_lazy("Who declares"))
    is_true = forms.BooleanField(label=gettext_lazy("What this application says is true and complete."))
    will_report = forms.BooleanField(label=gettext_lazy("The firm will report every change without delay."))
    understands = forms.BooleanField(
        label=gettext_lazy(
            "The firm provides no service before it may, and knows that false information is an offence."
        )
    )

    def __init__(self, *args: Any, persons: list[dict[str, Any]], **named: Any) -> None:
        super().__init__(*args, **named)
        labels = dict(Position.choices)
        choices = [(each["name"], f"{each['name']}, {labels.get(each['position'], '')}") for each in persons]
        cast("forms.ChoiceField", self.fields["declarant"]).choices = list(dict(choices).items())

    @property
    def contents(self) -> dict[str, Any]:
        """As it is kept."""
        return dict(self.cleaned_data)


class DocumentForm(forms.Form):
    """A document."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=DocumentKind.choices)
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("PDF, PNG or JPEG, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )  # fmt: skip


class WordsForm(forms.Form):
    """A text: a question, an answer, a note."""

    words = forms.CharField(max_length=4_000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, label: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["words"].label = label
