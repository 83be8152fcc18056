"""What the authority types: one form an act."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sanad.programmes.licensing.forms.choices import choices_of, services_as_number
from sanad.programmes.licensing.queries.choices import appealable, emergency_days_max, standing_warnings
from sanad.programmes.licensing.queries.classifier import (
    SERVICE_WORDS,
)
from sanad.programmes.licensing.queries.wording import GROUND_WORDS, KIND_WORDS, STATUS_WORDS, STEP_WORDS
from sanad.rulebook.edition1.words import Ground
from sanad.rulebook.message import Suite


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
    return forms.ChoiceField(label=gettext_lazy("Ground"), choices=choices_of(known))


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

    step = forms.ChoiceField(label=gettext_lazy("What was reached"), choices=choices_of(STEP_WORDS))

    def _own(self) -> list[int | str]:
        return [self._number("step")]


class GroundForm(OrderForm):
    """certificate_revoked."""

    ground = _ground()

    def _own(self) -> list[int | str]:
        return [self._number("ground")]


class VaryForm(OrderForm):
    """licence_varied."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of licence"), choices=choices_of(KIND_WORDS))
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services"), choices=choices_of(SERVICE_WORDS), widget=forms.CheckboxSelectMultiple
    )

    def _own(self) -> list[int | str]:
        return [self._number("kind"), services_as_number(self.cleaned_data["services"])]


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

    status = forms.ChoiceField(label=gettext_lazy("What is ordered"), choices=choices_of(STATUS_WORDS))
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
