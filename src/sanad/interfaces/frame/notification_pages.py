"""Pages of notifications: the list, what was read, whether e-mail is sent, and its language."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from sanad.base.errors import Malformed, Refused
from sanad.interfaces.frame.pages import signed_in
from sanad.people.access import SIGNED_IN, person_of, route
from sanad.people.models import Notification, Person
from sanad.people.notifications import Event, choose, mark_read
from sanad.tables.lists import page_of

NUMBER_DIGITS_MAX = 18


class ChoiceForm(forms.Form):
    """How a person is told."""

    wants_mail = forms.BooleanField(
        label=gettext_lazy("Also send me an e-mail"), required=False,
        help_text=gettext_lazy("It says that there is something and where, never what it is."),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Language of the e-mail"), choices=settings.LANGUAGES)


@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """What there is for me, newest first."""
    return _list(request, signed_in(request))


def _list(request: HttpRequest, person: Person, form: ChoiceForm | None = None) -> HttpResponse:
    page = page_of(Notification.objects.filter(person=person), ["-id"], request.GET.get("cursor", ""))
    kept = {"wants_mail": person.wants_mail, "language": person.language or settings.LANGUAGE_CODE}
    told = {
        "rows": [(each, Event(each.event).label) for each in page.rows],
        "next_cursor": page.next_cursor,
        "has_unread": Notification.objects.filter(person=person, read_at=None).exists(),
        "form": form or ChoiceForm(initial=kept),
    }
    return render(request, "frame/notifications.html", told)


@require_GET
def open_notification(request: HttpRequest, number: int) -> HttpResponse:
    """Go to the page that a notification is about; it is read then."""
    person = signed_in(request)
    found = Notification.objects.filter(person=person, id=_bounded(str(number))).first()
    if found is None:
        raise Refused("notification", _("no notification of yours is here"), 404)
    mark_read(person, found.id)
    return redirect(found.path)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one as read, or all."""
    given = request.POST.get("number", "")
    mark_read(signed_in(request), _bounded(given) if given else None)
    return redirect("notifications")


@require_POST
def choice(request: HttpRequest) -> HttpResponse:
    """Keep how I am told."""
    person = signed_in(request)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _list(request, person, form)
    choose(person, wants_mail=form.cleaned_data["wants_mail"], language=form.cleaned_data["language"])
    messages.success(request, _("Your choice is kept."))
    return redirect("notifications")


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language of the pages; what is sent to a person who has signed in is in it from then on, too."""
    person, wanted = person_of(request), request.POST.get("language", "")
    if person is not None and wanted in dict(settings.LANGUAGES) and wanted != person.language:
        choose(person, wants_mail=person.wants_mail, language=wanted)
    return set_language(request)


def _bounded(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) <= NUMBER_DIGITS_MAX):
        raise Malformed("number", "not_a_number", _("open the page of notifications again and choose there"))
    return int(given)


notification_routes = [
    route("notifications/", notifications, open_to=SIGNED_IN, name="notifications", menu=gettext_lazy("Notifications")),
    route("notifications/<int:number>/", open_notification, open_to=SIGNED_IN, name="open_notification"),
    route("notifications/read/", read, open_to=SIGNED_IN, name="read_notifications"),
    route("notifications/choice/", choice, open_to=SIGNED_IN, name="notification_choice"),
]
