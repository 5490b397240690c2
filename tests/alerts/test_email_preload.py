"""What a claimed batch reads at once is what each of its mails would read by itself."""

from datetime import timedelta

import pytest

from alerts import emails, sweep
from alerts.emails import about, threads
from alerts.models import Message
from tests import factories
from tests.alerts.test_silence import CLOSES

pytestmark = pytest.mark.django_db


@pytest.mark.by_turns(8)
def test_a_batch_reads_the_same_first_mails_placements_and_numbers_as_each_mail_alone(settings) -> None:
    settings.DUTY_LINE = ""
    first, second = factories.a_watched_child(), factories.a_watched_child()
    nowhere = factories.a_child(first.authority, team=first.team, worker=first.worker)
    for after in (30, 60, 90, 120):
        sweep.sweep_all(now=CLOSES + timedelta(minutes=after))
    factories.not_here(second.child, by=second.carer, at=CLOSES + timedelta(minutes=121))
    now = CLOSES + timedelta(minutes=151)
    sweep.sweep_all(now=now)
    Message.objects.update(status="sent", sent_at=now)
    never_went = Message.objects.filter(step="R1").order_by("pk")[:2]
    Message.objects.filter(pk__in=never_went.values("pk")).update(status="failed", sent_at=None)
    messages = list(Message.objects.select_related(*emails.RELATED).prefetch_related("items__alert__child"))
    slow = {m.pk: threads.root_of(m) for m in messages}
    assert any(root is not None for root in slow.values())
    assert {item.alert.child_id for m in messages for item in m.items.all()} >= {nowhere.pk, first.child.pk}
    emails.preload(messages, now=now)
    assert {m.pk: about.read(m, now=now).root for m in messages} == slow
    for message in messages:
        read = about.read(message, now=now)
        at_once = about.is_placed(read), about.duty_line(message)
        emails.forget(message)
        assert (about.is_placed(read), about.duty_line(message)) == at_once
