"""Whoever is out of reach by mail is asked for nothing more; whoever is told by text is within reach."""

from datetime import timedelta

import pytest

from cases import mail_refusals, people
from cases.models import MailRefusal, ToldBy, User
from cases.states import IllegalMove
from guardians import covers, within_reach
from guardians.models import GuardianCover
from tests import factories
from tests.alerts.outgoing import FIRST
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(trafficking="yes")


def test_cover_is_asked_of_nobody_whose_mail_comes_back(watched: Watched) -> None:
    service = factories.membership_of(watched.guardian).service
    colleague = a_person("guardian", service=service)
    head = a_person("guardian", service=service, reach="service")
    asked = {"starts_at": FIRST, "ends_at": FIRST + DAY, "by": head, "at": FIRST}
    mail_refusals.begin(colleague.pk, at=FIRST - HOUR)
    with pytest.raises(IllegalMove):
        covers.ask([watched.assignment], colleague, **asked)
    assert not GuardianCover.objects.exists()
    User.objects.filter(pk=colleague.pk).update(phone="07700900123", told_by=ToldBy.TEXT)
    (cover,) = covers.ask([watched.assignment], colleague, **asked).covers
    User.objects.filter(pk=colleague.pk).update(told_by=ToldBy.MAIL)
    with pytest.raises(IllegalMove, match="comes back"):
        covers.answer([cover], accepted=True, by=colleague, at=FIRST + HOUR)
    mail_refusals.end(MailRefusal.objects.get(), at=FIRST + HOUR)
    covers.answer([cover], accepted=True, by=colleague, at=FIRST + 2 * HOUR)


@pytest.mark.by_turns
def test_a_mail_that_came_back_while_they_chose_texts_takes_nobody_out_of_reach(watched: Watched) -> None:
    person = watched.guardian
    User.objects.filter(pk=person.pk).update(phone="07700900123")
    wishes = people.Wishes(**{**vars(people.wishes_of(person)), "told_by": ToldBy.TEXT})
    people.choose(person, wishes, at=FIRST)
    MailRefusal.objects.create(user=person, starts_at=FIRST)
    assert not any(one.ends_at for one in within_reach.watches_of([watched.child.pk])[watched.child.pk])
    User.objects.filter(pk=person.pk).update(told_by=ToldBy.MAIL)
    assert any(one.ends_at for one in within_reach.watches_of([watched.child.pk])[watched.child.pk])
