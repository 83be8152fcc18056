"""What the record answered, as a message on the next page."""

from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.tables.projection import wait_for


class Answered(Protocol):
    """An entry and its outcome."""

    @property
    def entry(self) -> int:
        """Where it stands."""

    @property
    def outcome(self) -> Outcome:
        """What the rules said."""


def say(request: HttpRequest, answer: Answered, success: str) -> bool:
    """Wait until the views show it, at most two seconds, and say what came of it. Whether it was admitted."""
    if answer.outcome is not Outcome.ADMITTED:
        told = SENTENCES[answer.outcome]
        sentence = told.urdu if get_language() == "ur" else told.english
        facts = {"entry": answer.entry, "sentence": sentence}
        messages.error(request, _("The record rejected it (entry %(entry)s): %(sentence)s") % facts)
        return False
    messages.success(request, success)
    if not wait_for(answer.entry):
        messages.warning(request, _("It is on the record; the pages will be up to date in a moment."))
    return True
