"""Pages of keeping: what falls due, holds, erasing by two persons; and the holidays that clocks know."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from sanad.base.errors import Refused
from sanad.people.access import route
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.programmes.licensing.desk import holidays as holiday_desk
from sanad.programmes.licensing.desk import keeping as desk
from sanad.programmes.licensing.models.keeping import REASON_LENGTH_MAX, ErasureGround, ErasureState
from sanad.programmes.licensing.models.working import Holiday
from sanad.programmes.licensing.pages.applications import signed_in
from sanad.programmes.licensing.queries import keeping as queries
from sanad.programmes.licensing.queries.applications import for_authority
from sanad.programmes.licensing.queries.keeping import Keeping
from sanad.tables.lists import page_of

READERS = frozenset({Right.AUTHORITY_APPLICATION_READ, Right.AUDIT_APPLICATION_READ})
KEEPING_WORDS = {
    Keeping.OPEN: gettext_lazy("In use"),
    Keeping.RUNNING: gettext_lazy("Kept"),
    Keeping.DUE: gettext_lazy("Due"),
    Keeping.HELD: gettext_lazy("Under a hold"),
    Keeping.ERASURE_PROPOSED: gettext_lazy("Erasure proposed"),
    Keeping.ERASED: gettext_lazy("Erased"),
}
_BADGES = {Keeping.DUE: "badge-wait", Keeping.HELD: "badge-bad", Keeping.ERASURE_PROPOSED: "badge-wait"}


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Name the file or the order, not the person."),
    )  # fmt: skip


class ErasureForm(ReasonForm):
    """Why it is erased."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=ErasureGround.choices)
    field_order = ("ground", "reason")


class HolidayForm(forms.Form):
    """A holiday."""

    date = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)


@require_GET
def keeping(request: HttpRequest) -> HttpResponse:
    """What is kept, what falls due, what is held."""
    clocks, page = queries.page_of_ended(request.GET.get("cursor", ""))
    told = {
        "rows": [(each, KEEPING_WORDS[each.state], _BADGES.get(each.state, "badge-plain")) for each in clocks],
        "next_cursor": page.next_cursor,
        "years": queries.years_to_keep(),
    }
    return render(request, "licensing/keeping_list.html", told)


@require_GET
def kept(request: HttpRequest, application: UUID) -> HttpResponse:
    """One application: how long it is kept, holds, erasing."""
    return _page(request, signed_in(request), application)


def _page(request: HttpRequest, person: Person, identifier: UUID, **forms_given: forms.Form) -> HttpResponse:
    found = for_authority(identifier)
    clock, erasure = queries.clock_of(found), queries.erasure_of(found)
    waits = erasure is not None and erasure.state == ErasureState.PROPOSED
    rights = person.rights
    told: dict[str, Any] = {
        "application": found, "clock": clock, "years": queries.years_to_keep(), "erasure": erasure,
        "words": KEEPING_WORDS[clock.state], "badge": _BADGES.get(clock.state, "badge-plain"),
        "holds": queries.holds_of(found), "hold_form": ReasonForm(prefix="hold"),
        "erasure_form": ErasureForm(prefix="erasure"),
        "may_hold": Right.AUTHORITY_HOLD_SET in rights and clock.state is not Keeping.ERASED,
        "may_lift": Right.AUTHORITY_HOLD_SET in rights,
        "may_propose": Right.AUTHORITY_ERASURE_PROPOSE in rights and clock.state in (Keeping.DUE, Keeping.RUNNING),
        "may_confirm": waits and Right.AUTHORITY_ERASURE_CONFIRM in rights and clock.state is not Keeping.HELD,
        "may_withdraw": waits and bool(rights & _EITHER),
        **forms_given,
    }  # fmt: skip
    return render(request, "licensing/keeping_application.html", told)


@require_POST
def hold(request: HttpRequest, application: UUID) -> HttpResponse:
    """Place a hold."""
    person = signed_in(request)
    for_authority(application)
    form = ReasonForm(request.POST, prefix="hold")
    if not form.is_valid():
        return _page(request, person, application, hold_form=form)
    desk.place_hold(person, application, form.cleaned_data["reason"])
    messages.success(request, _("The hold stands: nothing of it is erased."))
    return redirect("licensing:kept", application)


@require_POST
def lift(request: HttpRequest, hold: UUID) -> HttpResponse:
    """Lift a hold."""
    lifted = desk.lift_hold(signed_in(request), hold)
    messages.success(request, _("The hold is lifted."))
    return redirect("licensing:kept", lifted.application_id)


@require_POST
def propose(request: HttpRequest, application: UUID) -> HttpResponse:
    """Propose an erasure."""
    person = signed_in(request)
    for_authority(application)
    form = ErasureForm(request.POST, prefix="erasure")
    if not form.is_valid():
        return _page(request, person, application, erasure_form=form)
    ground = ErasureGround(form.cleaned_data["ground"])
    desk.propose_erasure(person, application, ground, form.cleaned_data["reason"])
    messages.success(request, _("Proposed. Another person must confirm it."))
    return redirect("licensing:kept", application)


@require_POST
def confirm(request: HttpRequest, erasure: UUID) -> HttpResponse:
    """Confirm an erasure: it is carried out at once, for ever."""
    done = desk.confirm_erasure(signed_in(request), erasure)
    messages.success(request, _("Erased for ever. What is on the record leads nowhere now."))
    return redirect("licensing:kept", done.application_id)


@require_POST
def withdraw(request: HttpRequest, erasure: UUID) -> HttpResponse:
    """Take the proposal of an erasure back."""
    withdrawn = desk.withdraw_erasure(signed_in(request), erasure)
    messages.success(request, _("The proposal is withdrawn."))
    return redirect("licensing:kept", withdrawn.application_id)


@require_GET
def holidays(request: HttpRequest) -> HttpResponse:
    """Holidays, the newest first, and a form to add one."""
    return _holidays(request, signed_in(request), HolidayForm())


def _holidays(request: HttpRequest, person: Person, form: HolidayForm) -> HttpResponse:
    may_set = Right.AUTHORITY_HOLIDAY_SET in person.rights
    page = page_of(Holiday.objects.all(), ["-date"], request.GET.get("cursor", ""))
    today = timezone.localdate()
    told = {
        "rows": [(each, may_set and each.date > today) for each in page.rows],
        "next_cursor": page.next_cursor, "form": form, "may_set": may_set,
    }  # fmt: skip
    return render(request, "licensing/holidays.html", told)


@require_POST
def add_holiday(request: HttpRequest) -> HttpResponse:
    """Announce a holiday."""
    person = signed_in(request)
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return _holidays(request, person, form)
    holiday_desk.add(person, form.cleaned_data["date"], form.cleaned_data["name"])
    messages.success(request, _("The day is a holiday from now on; clocks count without it."))
    return redirect("licensing:holidays")


@require_POST
def remove_holiday(request: HttpRequest) -> HttpResponse:
    """Take a holiday back."""
    given = request.POST.get("holiday", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise Refused("holiday", _("no such holiday is here"), 404)
    holiday_desk.remove(signed_in(request), int(given))
    messages.success(request, _("The day is a working day again."))
    return redirect("licensing:holidays")


_HOLD, _PROPOSE, _CONFIRM = (
    Right.AUTHORITY_HOLD_SET, Right.AUTHORITY_ERASURE_PROPOSE, Right.AUTHORITY_ERASURE_CONFIRM,
)  # fmt: skip
_EITHER = frozenset({_PROPOSE, _CONFIRM})

keeping_routes = [
    route("keeping/", keeping, open_to=READERS, name="keeping", menu=gettext_lazy("Keeping")),
    route("keeping/<uuid:application>/", kept, open_to=READERS, name="kept"),
    route("keeping/<uuid:application>/hold/", hold, open_to=_HOLD, name="hold"),
    route("keeping/holds/<uuid:hold>/lift/", lift, open_to=_HOLD, name="lift_hold"),
    route("keeping/<uuid:application>/erase/", propose, open_to=_PROPOSE, name="propose_erasure"),
    route("keeping/erasures/<uuid:erasure>/confirm/", confirm, open_to=_CONFIRM, name="confirm_erasure"),
    route("keeping/erasures/<uuid:erasure>/withdraw/", withdraw, open_to=_EITHER, name="withdraw_erasure"),
    route("holidays/", holidays, open_to=READERS, name="holidays", menu=gettext_lazy("Holidays")),
    route("holidays/add/", add_holiday, open_to=Right.AUTHORITY_HOLIDAY_SET, name="add_holiday"),
    route("holidays/remove/", remove_holiday, open_to=Right.AUTHORITY_HOLIDAY_SET, name="remove_holiday"),
]
