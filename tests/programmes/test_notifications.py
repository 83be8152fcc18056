"""Notifications: in the portal, and by e-mail that tells nothing; sent again until it has left."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail as sent
from django.utils import timezone

from sanad.base.errors import Fault
from sanad.people import mail
from sanad.people.models import Notification, OutgoingMail, Person
from sanad.people.notifications import Event, forget_old, notify, people_with, unread
from sanad.people.rights import Right

if TYPE_CHECKING:
    from django.test import Client

Cast = dict[str, Person | None]
Browse = Callable[..., "Client"]
PATH = "/licensing/applications/11111111-1111-4111-8111-111111111111/"


def someone(cast: Cast, name: str) -> Person:
    person = cast[name]
    assert person is not None
    return Person.objects.get(id=person.id)


def test_one_is_told_once_under_a_key_and_finds_it_on_the_page(cast: Cast, browse: Browse) -> None:
    maker = someone(cast, "maker")
    assert notify(Event.INFORMATION_REQUESTED, [maker], PATH, key="request/1") == 1
    assert notify(Event.INFORMATION_REQUESTED, [maker], PATH, key="request/1") == 0
    assert (unread(maker), unread(someone(cast, "checker"))) == (1, 0)
    page = browse("maker").get("/notifications/").content.decode()
    assert "The authority asks for information" in page
    number = Notification.objects.get().id
    assert browse("checker").get(f"/notifications/{number}/").status_code == 404, "another's is not there"
    answer = browse("maker").get(f"/notifications/{number}/")
    assert (answer.status_code, answer["Location"]) == (302, PATH)
    assert unread(maker) == 0


def test_all_are_marked_as_read_and_nobody_elses(cast: Cast, browse: Browse) -> None:
    for name in ("maker", "checker"):
        notify(Event.DECISION_TAKEN, [someone(cast, name)], PATH)
    number = Notification.objects.get(person=cast["checker"]).id
    browse("maker").post("/notifications/read/", {"number": str(number)})
    assert unread(someone(cast, "checker")) == 1
    browse("maker").post("/notifications/read/")
    assert (unread(someone(cast, "maker")), unread(someone(cast, "checker"))) == (0, 1)
    assert browse("maker").post("/notifications/read/", {"number": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/", "x", "/" + "x" * 200])
def test_a_notification_leads_to_a_page_of_ours(cast: Cast, path: str) -> None:
    with pytest.raises(Fault):
        notify(Event.DECISION_TAKEN, [someone(cast, "maker")], path)


def test_who_has_a_right_is_found_by_house(cast: Cast) -> None:
    house = someone(cast, "maker").memberships.get().institution
    found = {str(each.email) for each in people_with(Right.OWN_APPLICATION_FILE, house)}
    assert found == {"administrator@test.example", "checker@test.example"}
    assert [each.email for each in people_with(Right.AUTHORITY_DECISION_CONFIRM)] == ["head@test.example"]


# --- e-mail ---------------------------------------------------------------------------------------------------------


def test_a_mail_says_that_there_is_something_and_where_and_nothing_else(cast: Cast) -> None:
    notify(Event.INFORMATION_REQUESTED, [someone(cast, "maker")], PATH)
    notify(Event.DECISION_TAKEN, [someone(cast, "maker")], "/licensing/register/7/")
    assert mail.send_waiting() == 1
    (message,) = sent.outbox
    assert message.to == ["maker@test.example"]
    body = str(message.body)
    assert f"http://localhost:8480{PATH}" in body
    assert "http://localhost:8480/licensing/register/7/" in body
    for told in ("maker@", "Firm", "The Authority"):
        assert told not in body
    assert mail.send_waiting() == 0
    assert len(sent.outbox) == 1


def test_in_the_language_last_chosen_and_only_to_those_who_want_it(cast: Cast, browse: Browse) -> None:
    browse("maker").post("/language/", {"language": "ur", "next": "/"})
    browse("checker").post("/notifications/choice/", {"language": "en"})
    assert (someone(cast, "maker").language, someone(cast, "checker").wants_mail) == ("ur", False)
    notify(Event.LICENCE_SUSPENDED, [someone(cast, "maker"), someone(cast, "checker")], PATH)
    mail.send_waiting()
    (message,) = sent.outbox
    assert message.subject == "سند میں آپ کے لیے کچھ ہے"
    assert "ایک لائسنس معطل کر دیا گیا" in str(message.body)
    assert unread(someone(cast, "checker")) == 1


class Failing:
    """A mail server that does not answer."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __call__(self, *_: Any, **__: Any) -> int:
        raise self._error


def test_a_mail_that_does_not_leave_is_tried_again_later(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    notify(Event.DECISION_TAKEN, [someone(cast, "maker")], PATH)
    with monkeypatch.context() as patch:
        patch.setattr(mail, "send_mail", Failing(smtplib.SMTPServerDisconnected("gone")))
        assert mail.send_waiting() == 0
    row = OutgoingMail.objects.get()
    assert (row.attempts, row.sent_at) == (1, None)
    assert row.next_at > timezone.now() + timedelta(seconds=30)
    assert mail.send_waiting() == 0, "not at once"
    OutgoingMail.objects.update(next_at=timezone.now())
    assert mail.send_waiting() == 1
    assert OutgoingMail.objects.get().sent_at is not None


def test_who_is_killed_while_sending_sends_it_later(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    notify(Event.DECISION_TAKEN, [someone(cast, "maker")], PATH)
    with monkeypatch.context() as patch:
        patch.setattr(mail, "send_mail", Failing(SystemExit()))
        with pytest.raises(SystemExit):
            mail.send_waiting()
    row = OutgoingMail.objects.get()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert row.next_at > timezone.now(), "the lease: no other process sends it meanwhile"
    OutgoingMail.objects.update(next_at=timezone.now())
    assert mail.send_waiting() == 1


def test_after_ten_attempts_it_is_given_up_and_stays_in_the_portal(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    notify(Event.DECISION_TAKEN, [someone(cast, "maker")], PATH)
    monkeypatch.setattr(mail, "send_mail", Failing(OSError("refused")))
    for _ in range(mail.ATTEMPTS_MAX + 2):
        OutgoingMail.objects.update(next_at=timezone.now())
        mail.send_waiting()
    row = OutgoingMail.objects.get()
    assert row.attempts == mail.ATTEMPTS_MAX
    assert row.given_up_at is not None
    assert unread(someone(cast, "maker")) == 1


def test_what_is_older_than_a_year_is_forgotten(cast: Cast) -> None:
    notify(Event.DECISION_TAKEN, [someone(cast, "maker")], PATH)
    assert forget_old() == 0
    Notification.objects.update(created_at=timezone.now() - timedelta(days=401))
    assert forget_old() > 0
    assert not OutgoingMail.objects.exists()
