"""When and by whom a missing child was last seen rests on the words that stand and are believed, whatever is said later."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import briefings, prefills, sweep
from alerts.emails import about, last_sights, police
from alerts.emails.composition import compose
from alerts.models import AlertStep, Message
from cases import concerns, contacts
from tests.alerts.outgoing import FIRST, SECOND
from tests.cases.expectations import events
from tests.factories import AT, a_child, a_watched_child, missing, not_here, placed, seen, silent

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = AT + 4 * HOUR
KIND = "last_seen_put_right"


def known(episode):
    episode.refresh_from_db()
    return episode.since, episode.last_seen_at, episode.last_seen_by


def gone():
    """Seen by the guardian, then, as the carer thought, by the carer; and then nobody was found."""
    w = a_watched_child()
    seen(w.child, by=w.guardian, at=AT + HOUR)
    wrong = seen(w.child, by=w.carer, at=AT + 3 * HOUR)
    return w, wrong, not_here(w.child, by=w.worker, at=NOW)


@pytest.mark.by_turns(8)
def test_a_sighting_that_is_withdrawn_dates_the_search_no_more():
    w, wrong, episode = gone()
    assert known(episode) == (AT + 3 * HOUR, AT + 3 * HOUR, w.carer.name)
    with events(w.child, KIND, "contact_withdrawn") as written:
        contacts.withdraw(wrong, reason="It was the other boy", by=w.carer, at=NOW + MINUTE)
    assert known(episode) == (AT + HOUR, AT + HOUR, w.guardian.name)
    assert written[0].data == {
        "episode": 1,
        "was": (AT + 3 * HOUR).isoformat(),
        "is": (AT + HOUR).isoformat(),
        "since_was": (AT + 3 * HOUR).isoformat(),
        "since": (AT + HOUR).isoformat(),
    }
    row = police.told(episode, w.force, None, now=NOW + 2 * MINUTE)._last_seen()
    day = "2 March 2026 at"
    right = f"{day} 10am (UK time), by guardian. Put right at {day} 1:01pm: before, we said {day} midday"
    assert row.value == right
    script = dict(
        briefings.of(episode, now=NOW + 2 * MINUTE, by_part=False, addressed=True, placed=True).rows
    )
    assert script["By whom"] == w.guardian.name


@pytest.mark.by_turns
def test_a_sighting_that_is_withdrawn_climbs_no_step_again_and_tells_nobody_twice():
    w, wrong, _episode = gone()
    sweep.sweep_all(now=NOW + MINUTE)
    climbed, told = AlertStep.objects.count(), Message.objects.count()
    contacts.withdraw(wrong, reason="It was the other boy", by=w.carer, at=NOW + 2 * MINUTE)
    sweep.sweep_all(now=NOW + 2 * MINUTE)
    assert (AlertStep.objects.count(), Message.objects.count()) == (climbed, told)


@pytest.mark.by_turns
def test_what_a_report_says_of_it_stays_when_a_sighting_is_withdrawn():
    w, wrong, episode = gone()
    missing(w.child, last_seen_at=AT + 2 * HOUR, last_seen_by="M. Reid", by=w.worker, at=NOW + MINUTE)
    contacts.withdraw(wrong, reason="It was the other boy", by=w.carer, at=NOW + 2 * MINUTE)
    assert known(episode) == (AT + 2 * HOUR, AT + 2 * HOUR, "M. Reid")


@pytest.mark.by_turns
def test_a_report_that_is_corrected_dates_the_search_anew():
    w = a_watched_child()
    seen(w.child, by=w.guardian, at=AT + HOUR)
    episode = missing(w.child, last_seen_at=AT + 3 * HOUR, last_seen_by="M. Reid", by=w.worker, at=NOW)
    missing(w.child, last_seen_at=AT + 2 * HOUR, last_seen_by="M. Reid", by=w.worker, at=NOW + MINUTE)
    assert known(episode) == (AT + 2 * HOUR, AT + 2 * HOUR, "M. Reid")
    missing(w.child, last_seen_at=AT, last_seen_by="M. Reid", by=w.worker, at=NOW + 2 * MINUTE)
    assert known(episode)[0] == AT + HOUR, "whoever reports may know less than the record"


@pytest.mark.by_turns
def test_a_time_that_a_later_report_takes_back_dates_the_search_no_more():
    w = a_watched_child()
    seen(w.child, by=w.guardian, at=AT + HOUR)
    episode = missing(w.child, last_seen_at=AT + 3 * HOUR, last_seen_by="M. Reid", by=w.worker, at=NOW)
    assert known(episode)[0] == AT + 3 * HOUR
    missing(w.child, complete=True, by=w.worker, at=NOW + MINUTE)
    assert known(episode)[0] == AT + HOUR


@pytest.mark.by_turns
def test_nobody_is_left_whose_word_it_would_be_when_the_only_sighting_is_withdrawn():
    w = a_watched_child()
    wrong = seen(w.child, by=w.carer, at=AT + 3 * HOUR)
    episode = silent(w.child, since=AT + 3 * HOUR, at=NOW)
    contacts.withdraw(wrong, reason="It was the other boy", by=w.carer, at=NOW + MINUTE)
    assert known(episode) == (w.child.registered_at, None, "")


@pytest.mark.by_turns
def test_a_search_that_has_ended_stays_as_it_was_and_an_older_sighting_changes_none():
    w = a_watched_child()
    older = seen(w.child, by=w.guardian, at=AT + HOUR)
    seen(w.child, by=w.carer, at=AT + 3 * HOUR)
    episode = not_here(w.child, by=w.worker, at=NOW)
    with events(w.child, "contact_withdrawn"):
        contacts.withdraw(older, reason="It was the other boy", by=w.guardian, at=NOW + MINUTE)
    assert known(episode) == (AT + 3 * HOUR, AT + 3 * HOUR, w.carer.name)


@pytest.mark.by_turns
def test_the_word_of_whoever_the_child_is_kept_from_dates_no_search():
    w = a_watched_child()
    seen(w.child, by=w.carer, at=AT + HOUR)
    seen(w.child, by=w.guardian, at=AT + 3 * HOUR)
    concerns.keep_from(w.child, w.guardian, reason="Named by the child", by=w.manager, at=NOW - MINUTE)
    facts = prefills.facts(w.child, None, by_part=False, now=NOW)
    assert (facts["last_seen_at"], facts["last_seen_by"]) == (AT + HOUR, w.carer.name)
    episode = not_here(w.child, by=w.carer, at=NOW)
    assert known(episode) == (AT + HOUR, AT + HOUR, w.carer.name)


@pytest.mark.by_turns
def test_a_mark_in_the_search_takes_their_word_from_it_and_its_end_gives_it_back():
    w = a_watched_child()
    seen(w.child, by=w.carer, at=AT + HOUR)
    # In the guardian's name, written down by somebody else.
    seen(
        w.child,
        by=w.worker,
        witness=w.guardian.name,
        witness_user=None,
        witness_role="guardian",
        at=AT + 3 * HOUR,
    )
    episode = not_here(w.child, by=w.carer, at=NOW)
    with events(w.child, KIND, "kept_from"):
        mark = concerns.keep_from(
            w.child, w.guardian, reason="Named by the child", by=w.manager, at=NOW + MINUTE
        )
    assert known(episode) == (AT + HOUR, AT + HOUR, w.carer.name)
    with events(w.child, KIND, "keep_from_lifted"):
        concerns.lift_keep_from(
            mark, reason="Was another", seconded_by=w.worker, by=w.manager, at=NOW + 2 * MINUTE
        )
    assert known(episode) == (AT + 3 * HOUR, AT + 3 * HOUR, w.guardian.name)


@pytest.mark.by_turns
def test_who_is_seen_by_nobody_who_is_believed_was_never_seen():
    w = a_watched_child()
    seen(w.child, by=w.guardian, at=AT + HOUR)
    assert not last_sights.is_never_seen(w.child.pk)
    concerns.keep_from(w.child, w.guardian, reason="Named by the child", by=w.manager, at=NOW)
    assert last_sights.is_never_seen(w.child.pk)


@pytest.mark.by_turns(8)
def test_whoever_withdraws_a_sighting_reads_what_the_search_says_now(client, now):
    w = a_watched_child(at=now - 8 * HOUR)
    seen(w.child, by=w.guardian, at=now - 3 * HOUR)
    wrong = seen(w.child, by=w.carer, at=now - HOUR)
    not_here(w.child, by=w.worker, at=now - 10 * MINUTE)
    client.force_login(w.carer)
    href = f"/children/{w.child.reference}/contacts/{wrong.key}/withdraw/"
    page = client.post(href, {"reason": "It was the other boy"}, follow=True).content.decode()
    assert "ring the duty desk, so that the police hear it now" in page
    client.force_login(w.worker)
    story = client.get(f"/children/{w.child.reference}/timeline/").content.decode()
    assert "Last seen, put right:" in story


@pytest.mark.by_turns
def test_whoever_keeps_a_child_from_somebody_reads_what_the_search_says_now(client, now):
    w = a_watched_child(at=now - 8 * HOUR)
    seen(w.child, by=w.carer, at=now - 3 * HOUR)
    seen(w.child, by=w.guardian, at=now - HOUR)
    not_here(w.child, by=w.worker, at=now - 10 * MINUTE)
    client.force_login(w.manager)
    href = f"/children/{w.child.reference}/keep-from/"
    answers = {"user": w.guardian.pk, "reason": "Named by the child", "phone": "01632 960123"}
    page = client.post(href, answers, follow=True).content.decode()
    assert "The child is kept from them from now on" in page
    assert "ring the duty desk, so that the police hear it now" in page


def test_a_call_after_the_last_sighting_is_not_offered_as_one_when_the_child_is_reported():
    w = a_watched_child()
    seen(w.child, by=w.carer, at=AT + HOUR)
    seen(w.child, by=w.guardian, at=AT + 3 * HOUR, means="phone")
    offered = prefills._standing(w.child, None, NOW)
    assert offered == {"last_seen_at": AT + HOUR, "last_seen_by": w.carer.name}


@pytest.mark.by_turns
def test_who_is_told_that_nobody_has_recorded_a_child_reads_since_when():
    """The worker who had recorded it that morning read that nobody had."""
    w = a_watched_child()
    seen(w.child, by=w.worker, at=AT + HOUR)
    sweep.sweep_all(now=FIRST)
    sweep.sweep_all(now=SECOND)
    for wording in ("duty_no_record", "told_no_record", "manager_no_record"):
        mail = Message.objects.filter(wording=wording, channel="mail")[0]
        alone = compose(mail, now=SECOND)
        assert "Nobody has recorded seeing this child since 10am UK time" in " ".join(alone.text.split()), (
            wording
        )
        about.preload([mail], now=SECOND)
        assert compose(mail, now=SECOND).text == alone.text


@pytest.mark.by_turns
def test_of_several_children_each_line_says_it_and_a_batch_asks_once():
    w = a_watched_child()
    other = placed(a_child(w.authority, team=w.team, worker=w.worker), w.home).child
    seen(w.child, by=w.worker, at=AT + HOUR)
    sweep.sweep_all(now=FIRST)
    mails = list(Message.objects.filter(wording__in=("duty_no_record", "told_no_record"), channel="mail"))
    (duty,) = (mail for mail in mails if mail.wording == "duty_no_record")
    text = " ".join(compose(duty, now=FIRST).text.split())
    assert "Nobody has recorded seeing these 2 children of one home within their time." in text
    assert text.count("last seen 10am UK time") == 1
    assert {w.child.reference, other.reference} <= set(text.replace(":", "").split())
    with CaptureQueriesContext(connection) as batch:
        about.preload(mails, now=FIRST)
    asked = [
        one["sql"] for one in batch.captured_queries if 'MAX("cases_contact"."happened_at")' in one["sql"]
    ]
    assert (len(mails), len(asked)) == (3, 1)
