"""A mail that cannot be written: whoever it is for hears another way, as of one that a server refuses for good."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django import forms

from alerts import delivery, outcomes
from alerts.models import DutyTask, Message
from alerts.states import MessageStatus
from cases.forms.fields import MailAddressField
from tests import factories
from tests.alerts.outgoing import SECOND, catch, send_all, tick

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.mark.by_turns(8)
def test_what_cannot_be_written_to_a_manager_is_phoned_and_the_next_rung_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = catch(monkeypatch)
    one = factories.a_watched_child()

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == one.manager.email:
            raise UnicodeEncodeError("ascii", "ä", 0, 1, "ordinal not in range(128)")

    out.on_mail = on_mail
    tick(SECOND)
    send_all(SECOND)
    first = Message.objects.get(user=one.manager, wording="manager_no_record", channel="mail")
    assert first.status == MessageStatus.QUEUED
    for minute in range(1, 6):
        now = SECOND + minute * MINUTE
        delivery.deliver(clock=lambda now=now: now)  # type: ignore[misc]
    first.refresh_from_db()
    assert (first.status, first.attempts) == (MessageStatus.FAILED, outcomes.UNWRITTEN_FAILS)
    (task,) = DutyTask.objects.filter(message=first)
    assert task.kind == DutyTask.Kind.PHONE_THEM


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("anna@northmere.example", "anna@northmere.example"),
        ("anna@exämple.example", "anna@xn--exmple-cua.example"),
    ],
)
def test_an_address_is_kept_as_a_mail_server_is_told_it(typed: str, kept: str) -> None:
    assert MailAddressField().clean(typed) == kept


def test_an_address_that_no_server_is_told_is_refused() -> None:
    with pytest.raises(forms.ValidationError):
        MailAddressField().clean("änna@northmere.example")
