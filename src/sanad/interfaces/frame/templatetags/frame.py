"""`{% load frame %}`: what pages of all programmes need beside the built-in tags."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from sanad.interfaces.demonstration_people import PASSWORD, SIGN_INS, SignIn
from sanad.people.access import Words
from sanad.people.models import Person
from sanad.rulebook.edition1.codes import SENTENCES, Outcome

register = template.Library()
_CONTROLS = {"checkbox": "form-check-input", "select": "form-select", "selectmultiple": "form-select"}


@register.filter
def moment(value: datetime | int | None) -> SafeString | str:
    """A point in time, with its zone: `25 November 2026, 09:12 PKT`. Integers are ms since 1970 UTC."""
    if not value:
        return ""
    exact = datetime.fromtimestamp(value / 1_000, UTC) if isinstance(value, int) else value
    local = timezone.localtime(exact)
    comma = "،" if get_language() == "ur" else ","
    shown = f"{date_format(local, f'j F Y{comma} H:i')} {local.tzname()}"
    return format_html('<time datetime="{}">{}</time>', exact.astimezone(UTC).isoformat(timespec="seconds"), shown)


@register.filter
def short(value: bytes | memoryview | str) -> SafeString:
    """The first and last digits of a digest, the whole of it for whoever points at it or copies it."""
    text = value if isinstance(value, str) else bytes(value).hex()
    return format_html('<code class="digest" dir="ltr" title="{}">{}…{}</code>', text, text[:8], text[-4:])


@register.filter
def sentence(outcome: int) -> str:
    """What a rejection says, in the page's language; "" for what was admitted."""
    found = SENTENCES.get(Outcome(outcome))
    if found is None:
        return ""
    return found.urdu if get_language() == "ur" else found.english


@register.filter
def control(field: BoundField) -> SafeString:
    """The widget of a form's field, with its classes and its links to help and errors."""
    kind = getattr(field.field.widget, "input_type", "") or type(field.field.widget).__name__.lower()
    described = [f"{field.auto_id}-help"] if field.help_text else []
    described += [f"{field.auto_id}-errors"] if field.errors else []
    attributes: dict[str, Any] = {
        "class": _CONTROLS.get(kind, "form-control") + (" is-invalid" if field.errors else "")
    }
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if field.errors:
        attributes["aria-invalid"] = "true"
    if is_choice_list(field):
        attributes["class"] = "choices"
    return field.as_widget(attrs=attributes)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Whether a field is a list of radio buttons or boxes, which wants a legend and not a label."""
    return bool(field.use_fieldset)


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether a field is one box to tick: its label comes after it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.simple_tag
def demonstration_people() -> list[tuple[SignIn, Words, str]]:
    """Who can sign in to try the portal, with role and password; nobody where the network is no demonstration."""
    if not settings.NETWORK.is_demonstration:
        return []
    there = set(Person.objects.filter(email__in=[each.email for each in SIGN_INS]).values_list("email", flat=True))
    return [(each, each.role.label, PASSWORD) for each in SIGN_INS if each.email in there]


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: object) -> str:
    """The query of this page with some parameters changed; "" takes one away: `?{% with_query cursor=next %}`."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return query.urlencode()
