"""Shapes of what is typed: the sections of an application, and what officers write and decide."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.programmes.licensing.models.working import DocumentKind
from sanad.programmes.licensing.queries.choices import appealable, emergency_days_max, standing_warnings
from sanad.programmes.licensing.queries.classifier import (
    CARVE_OUT_QUESTIONS,
    QUESTIONS,
    SERVICE_WORDS,
    CarveOut,
)
from sanad.programmes.licensing.queries.completeness import Position
from sanad.programmes.licensing.queries.ownership import FIRM
from sanad.programmes.licensing.queries.wording import GROUND_WORDS, KIND_WORDS, STATUS_WORDS, STEP_WORDS
from sanad.rulebook.edition1.words import Ground, Service
from sanad.rulebook.message import Suite
from sanad.standards.identifiers import is_lei

ROWS_MAX = 50
ROWS_EMPTY = 2
_PPM_PER_PER_CENT = 10_000
_FOUR_PLACES = Decimal("0.0001")


def _choices(words: Any) -> list[tuple[str, Any]]:
    return [(str(int(each)), label) for each, label in words.items()]


def _services_of(chosen: list[str]) -> int:
    found = Service(0)
    for each in chosen:
        found |= Service(int(each))
    return int(found)


# --- the applicant --------------------------------------------------------------------------------------------------


class ClassifierForm(forms.Form):
    """The guided questions."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("What will you do?"), choices=_choices(QUESTIONS), widget=forms.CheckboxSelectMultiple,
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
        return Service(_services_of(self.cleaned_data["services"]))

    @property
    def carve_outs_chosen(self) -> frozenset[CarveOut]:
        """The carve-outs."""
        return frozenset(CarveOut(each) for each in self.cleaned_data["carve_outs"])


class ServicesForm(forms.Form):
    """Which of the ten services are applied for."""

    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services applied for"), choices=_choices(SERVICE_WORDS),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    @property
    def contents(self) -> int:
        """As it is kept."""
        return _services_of(self.cleaned_data["services"])


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


# --- the authority --------------------------------------------------------------------------------------------------


class OrderForm(forms.Form):
    """What all decisions have. `order` makes the same form, sent twice, one decision."""

    order = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    grounds = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=8_000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Kept by the authority and told to the firm; the record holds only their digest."),
    )  # fmt: skip

    def __init__(self, *args: Any, institution: int | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        self._institution = institution
        self.order_fields([name for name in self.fields if name != "grounds"])

    @property
    def identifier(self) -> UUID:
        """Of the decision."""
        return cast("UUID", self.cleaned_data["order"])

    @property
    def act_fields(self) -> list[int | str]:
        """The fields of the act, in the order of the rulebook."""
        return [self._institution or 0, *self._own()]

    @property
    def act_refers(self) -> list[int]:
        """Entries that the act speaks of."""
        return []

    def _own(self) -> list[int | str]:
        return []

    def _number(self, name: str) -> int:
        return int(self.cleaned_data[name])


def _end_of(day: date) -> int:
    """The last moment of a day in the authority's zone, in milliseconds."""
    midnight = datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
    return int(midnight.timestamp() * 1_000) - 1


class _DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text, widget=_DayInput())


def _ground(*, required: bool = True) -> forms.ChoiceField:
    known = {each: words for each, words in GROUND_WORDS.items() if each != Ground.NONE or not required}
    return forms.ChoiceField(label=gettext_lazy("Ground"), choices=_choices(known))


class IssueForm(OrderForm):
    """certificate_issued."""

    valid_until = _day(gettext_lazy("Valid until"), help_text=gettext_lazy("It lapses then unless a licence is filed."))
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"), max_length=4_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def _own(self) -> list[int | str]:
        return [_end_of(self.cleaned_data["valid_until"])]


class ProgressForm(OrderForm):
    """certificate_progress."""

    step = forms.ChoiceField(label=gettext_lazy("What was reached"), choices=_choices(STEP_WORDS))

    def _own(self) -> list[int | str]:
        return [self._number("step")]


class GroundForm(OrderForm):
    """certificate_revoked."""

    ground = _ground()

    def _own(self) -> list[int | str]:
        return [self._number("ground")]


class VaryForm(OrderForm):
    """licence_varied."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of licence"), choices=_choices(KIND_WORDS))
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services"), choices=_choices(SERVICE_WORDS), widget=forms.CheckboxSelectMultiple
    )

    def _own(self) -> list[int | str]:
        return [self._number("kind"), _services_of(self.cleaned_data["services"])]


class GrantForm(VaryForm):
    """licence_granted."""

    field_order = ("number", "kind", "services", "valid_until")

    number = forms.CharField(label=gettext_lazy("Licence number"), max_length=60)
    valid_until = _day(gettext_lazy("Valid until"), required=False, help_text=gettext_lazy("Empty: without end."))

    def _own(self) -> list[int | str]:
        until = self.cleaned_data["valid_until"]
        return [self.cleaned_data["number"], *super()._own(), _end_of(until) if until else 0]


class StatusForm(OrderForm):
    """licence_status."""

    status = forms.ChoiceField(label=gettext_lazy("What is ordered"), choices=_choices(STATUS_WORDS))
    ground = _ground(required=False)
    effective = _day(
        gettext_lazy("Takes effect at the end of"), required=False, help_text=gettext_lazy("Empty: at once.")
    )

    def _own(self) -> list[int | str]:
        effective = self.cleaned_data["effective"]
        return [self._number("status"), self._number("ground"), _end_of(effective) if effective else 0]


class FreezeForm(OrderForm):
    """emergency_freeze."""

    until = _day(gettext_lazy("Until the end of"))
    ground = _ground()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._days = emergency_days_max()
        last = timezone.localdate() + timedelta(days=self._days - 1)
        self.fields["until"].help_text = _("At most %(days)s days, so until %(last)s; it ends by itself.") % {
            "days": self._days,
            "last": date_format(last, "j F Y"),
        }

    def clean_until(self) -> date:
        """No longer than the rule in force allows, counted from now."""
        until = cast("date", self.cleaned_data["until"])
        if until >= timezone.localdate() + timedelta(days=self._days):
            raise forms.ValidationError(_("That is longer than an emergency order may last."))
        return until

    def _own(self) -> list[int | str]:
        return [_end_of(self.cleaned_data["until"]), self._number("ground")]


class WarningForm(OrderForm):
    """warning_published."""

    name = forms.CharField(label=gettext_lazy("Name of the provider"), max_length=60)
    website = forms.CharField(label=gettext_lazy("Website"), max_length=150, required=False)
    ground = _ground()

    @property
    def act_fields(self) -> list[int | str]:
        """Without an institution: it is none of ours."""
        return [self.cleaned_data["name"], self.cleaned_data["website"], self._number("ground")]


class AdministratorForm(OrderForm):
    """appoint_administrator: the key that the administrator made with `sanad gateway init`."""

    public_key = forms.RegexField(
        r"^[0-9a-f]{64}$", label=gettext_lazy("Administrator's public key"), max_length=64,
        help_text=gettext_lazy("64 hexadecimal digits, as sanad gateway keys writes them. The firm's own keys go."),
    )  # fmt: skip
    possession = forms.RegexField(
        r"^[0-9a-f]{128}$", label=gettext_lazy("Proof of possession"), max_length=128,
        help_text=gettext_lazy("128 hexadecimal digits, made for this network and the firm's number."),
    )  # fmt: skip
    lane_first = forms.IntegerField(label=gettext_lazy("First lane"), min_value=0, max_value=1_023, initial=1)
    lane_last = forms.IntegerField(label=gettext_lazy("Last lane"), min_value=0, max_value=1_023, initial=4)

    def clean(self) -> dict[str, Any]:
        """Lanes in their order."""
        given = super().clean() or {}
        if given.get("lane_first", 0) > given.get("lane_last", 1_023):
            self.add_error("lane_last", _("The last lane is not before the first."))
        return given

    def _own(self) -> list[int | str]:
        keys = [self.cleaned_data["public_key"], self.cleaned_data["possession"]]
        return [int(Suite.ED25519), *keys, self._number("lane_first"), self._number("lane_last")]


class AppealForm(OrderForm):
    """appeal_noted: against one of the authority's acts on the firm."""

    entry = forms.ChoiceField(label=gettext_lazy("Against which decision"))

    def __init__(self, *args: Any, institution: int | None = None, **named: Any) -> None:
        super().__init__(*args, institution=institution, **named)
        cast("forms.ChoiceField", self.fields["entry"]).choices = appealable(institution or 0)
        self.fields["grounds"].label = _("What the appeal says")

    @property
    def act_refers(self) -> list[int]:
        """The entry appealed against."""
        return [self._number("entry")]


class EndWarningForm(OrderForm):
    """warning_removed."""

    warning = forms.ChoiceField(label=gettext_lazy("Which warning"))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        cast("forms.ChoiceField", self.fields["warning"]).choices = standing_warnings()

    @property
    def act_fields(self) -> list[int | str]:
        """Without an institution."""
        return [self._number("warning")]


FORMS: dict[str, type[OrderForm]] = {
    "certificate_issued": IssueForm,
    "certificate_progress": ProgressForm,
    "certificate_revoked": GroundForm,
    "licence_granted": GrantForm,
    "licence_varied": VaryForm,
    "licence_status": StatusForm,
    "emergency_freeze": FreezeForm,
    "emergency_lifted": OrderForm,
    "appoint_administrator": AdministratorForm,
    "appeal_noted": AppealForm,
    "warning_published": WarningForm,
    "warning_removed": EndWarningForm,
}
