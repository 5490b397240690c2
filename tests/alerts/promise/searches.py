"""What people do in the promise machine while a child is here, out, away or missing."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from alerts import duty_steps, duty_tasks, escalations, force_offers
from alerts.models import Alert, DutyStep, DutyTask
from cases import absences, contacts, episodes, incidents, links, reviews
from cases.models import ChildLink, Contact, EpisodeDecision, Means, MissingEpisode
from cases.states import EpisodeOutcome
from tests.alerts.promise.world import Stage, minutes, which
from tests.factories import NOT_ASKED, away, decided, ended, missing, not_here, out, seen, told_by

# All that any outcome cannot go without.
ENDED = episodes.Ending(
    found_by="A. Carer", with_child="A. Nurse", checked_by="A. Worker", decided_by="A. Judge"
)


class Searches(Stage):
    """Contacts and absences, and a search from its beginning to its end."""

    @rule(number=which, person=st.integers(0, 4), ago=minutes, means=st.sampled_from(Means))
    def see(self, number: int, person: int, ago: int, means: str) -> None:
        by = self.people()[person]
        fields = {"means": means, "happened_at": self.now - timedelta(minutes=ago)}
        self.do(seen, self.child(number), by=by, at=self.now, knows_child=True, **fields)

    @rule(number=which, by_carer=st.booleans())
    def look_in_vain(self, number: int, by_carer: bool) -> None:
        by = self.world.one.carer if by_carer else self.world.guardians[number]
        self.do(not_here, self.child(number), by=by, at=self.now)

    @rule()
    def call_the_roll(self) -> None:
        for number in (0, 1):
            self.do(seen, self.child(number), by=self.world.one.carer, at=self.now)

    @rule(number=which, back=st.integers(0, 4))
    def withdraw(self, number: int, back: int) -> None:
        """A contact that stands, the last one or one of the four before it."""
        standing = Contact.objects.filter(child=self.world.children[number], withdrawn_at=None)
        if wrong := standing[back : back + 1].first():
            self.do(contacts.withdraw, wrong, reason="The other boy", by=self.world.one.worker, at=self.now)

    @rule(number=which)
    def report(self, number: int) -> None:
        self.do(missing, self.child(number), by=self.world.one.carer, at=self.now)

    @rule(number=which, hours=st.sampled_from([1, 3, 23]))
    def go_out(self, number: int, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        self.do(out, self.child(number), by=self.world.one.carer, at=self.now, until=until)

    @rule(number=which)
    def go_away(self, number: int) -> None:
        until = self.now + timedelta(days=2)
        self.do(away, self.child(number), by=self.world.one.carer, at=self.now, until=until)

    @rule(number=which)
    def come_back(self, number: int) -> None:
        by = self.world.one.carer
        self.do(absences.come_back, self.child(number), back_at=self.now, by=by, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which)
    def verify(self, number: int, desk: int) -> None:
        if episode := self.open(number):
            facts = {"force": self.world.one.force, "officer": "PC Penrowe", "incident_reference": "NM-7"}
            by = self.world.desks[desk].person
            self.do(escalations.verify, episode, **facts, by=by, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which, act=st.sampled_from(["offer", "accept", "decline", "take_back", "left"]))
    def hand_the_search_on(self, number: int, desk: int, act: str) -> None:
        """Between the forces of the two authorities, either way; and an officer leaves the case."""
        if (episode := self.open(number)) is None:
            return
        given = {"by": self.world.desks[desk].person, "at": self.now}
        offer, leads = episodes.open_offer(episode), episodes.in_charge(episode, at=self.now)
        forces = [one.team.authority.force for one in self.world.desks]
        if act == "offer" and leads is not None:
            to = next(force for force in forces if force != leads.force)
            self.do(force_offers.offer, episode, to=to, said_by="DS Vale", reason="Seen there", **given)
        elif act == "left" and leads is not None:
            self.do(episodes.officer_left, episode, force=leads.force, **given)
        elif act == "accept" and offer is not None:
            said = {"officer": "DC Ward", "reference": "SM/77", "signed_in": False}
            self.do(force_offers.accept, offer, **said, **given)
        elif act in ("decline", "take_back") and offer is not None:
            self.do(getattr(force_offers, act), offer, officer="DC Ward", reason="Not ours", **given)

    @rule(number=which, desk=which, back=st.integers(0, 6), given=st.sampled_from(DutyStep.Answer))
    def answer_a_step(self, number: int, desk: int, back: int, given: str) -> None:
        """One that stands open of the last search, be it over or not."""
        waiting = DutyStep.objects.filter(episode__child=self.world.children[number], done_at=None)
        if step := waiting.order_by("-episode", "due_at")[back : back + 1].first():
            booked = self.now + timedelta(days=2) if given == DutyStep.Answer.BOOKED else None
            said = {"answer": given, "note": "The manager, now", "booked_for": booked}
            self.do(duty_steps.answer, step, **said, by=self.world.desks[desk].person, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(
        number=which,
        desk=which,
        kind=st.sampled_from(EpisodeDecision.Kind),
        answer=st.sampled_from(EpisodeDecision.Answer),
    )
    def decide(self, number: int, desk: int, kind: str, answer: str) -> None:
        if episode := self.open(number):
            self.do(decided, episode, kind, answer, by=self.world.desks[desk].person, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, due=st.booleans())
    def hold_a_review(self, number: int, due: bool) -> None:
        """The first that is owed, or one beside them."""
        if episode := self.open(number):
            owed = [*reviews.not_held(episode, at=self.now), None]
            said = {"chair": "E. Arnott", "note": "Search goes on", "asked": NOT_ASKED}
            given = {"by": self.world.one.manager, "at": self.now}
            self.do(reviews.record, episode, owed[0] if due else None, held_at=self.now, **said, **given)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which)
    def confirm_the_return(self, number: int, desk: int) -> None:
        if episode := self.open(number):
            by = self.world.desks[desk].person
            self.do(escalations.confirm_with_child, episode, how="saw", by=by, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which)
    def police_close(self, number: int, desk: int) -> None:
        if episode := self.open(number):
            by = self.world.desks[desk].second
            facts = {"officer": "PC Penrowe", "closed_at": self.now, "force": self.world.one.force}
            self.do(episodes.record_police_closing, episode, **facts, by=by, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which, outcome=st.sampled_from(EpisodeOutcome), whole=st.booleans())
    def end(self, number: int, desk: int, outcome: str, whole: bool) -> None:
        """As it stands, with nothing said about it; or with both of its parts and all that an outcome asks for."""
        if episode := self.open(number):
            if whole:
                if outcome == EpisodeOutcome.DIED:
                    told = told_by("hospital", has_died=True, at=self.now)
                    told_to = self.world.desks[desk].person
                    self.do(escalations.hear_from_office, episode, told, by=told_to, at=self.now)
                else:
                    self.confirm_the_return(number, desk)
                self.police_close(number, desk)
            said = ENDED if whole else None
            by = self.world.desks[desk].person
            if self.do(episodes.end, episode, outcome=outcome, ending=said, by=by, at=self.now):
                self.called_off.add(episode.pk)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which)
    def confirm(self, number: int, desk: int) -> None:
        if episode := self.open(number):
            self.do(episodes.confirm, episode, by=self.world.desks[desk].person, at=self.now)

    @rule(number=which)
    def report_away(self, number: int) -> None:
        said = {"whereabouts": "4 Fell Lane", "reason": "He was not to stay the night"}
        self.do(episodes.report_away, self.child(number), **said, by=self.world.one.carer, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which)
    def become_missing(self, number: int) -> None:
        if episode := self.open(number):
            said = {"reason": "Not there any more", "by": self.world.one.carer}
            self.do(episodes.become_missing, episode, **said, at=self.now)

    @precondition(lambda self: Alert.objects.open().exists())
    @rule(number=which, desk=which)
    def on_it(self, number: int, desk: int) -> None:
        if alert := Alert.objects.open().filter(child=self.world.children[number]).order_by("pk").first():
            self.do(escalations.on_it, alert, by=self.world.desks[desk].person, at=self.now)

    @precondition(lambda self: any(self.open(number) for number in (0, 1)))
    @rule(number=which, desk=which)
    def find_the_record_late(self, number: int, desk: int) -> None:
        """Duty finds that nobody was missing: what others were asked for because of it is asked for no more."""
        if episode := self.open(number):
            by = self.world.desks[desk].person
            if self.do(ended, episode, outcome="recording_late", by=by, at=self.now):
                self.called_off.add(episode.pk)

    @rule(so=st.booleans())
    def link(self, so: bool) -> None:
        """Somebody says that the two belong together, or has checked that they do not."""
        first, second = self.world.children
        by, row = self.world.one.worker, ChildLink.objects.first()
        if row is None:
            said = links.Claim(kind=ChildLink.Kind.COMPANION, said_by="The carer")
            self.do(links.say, first, second, said, by=by, at=self.now)
        else:
            found = {"result": "confirmed" if so else "not_so", "how": "A test", "may_be_danger": False}
            self.do(links.check, row, **found, seconded_by=self.world.one.manager, by=by, at=self.now)

    @rule(apart=st.booleans())
    def go_together(self, apart: bool) -> None:
        """Somebody says that the two went missing together, or that one did not go with the other."""
        found = [
            MissingEpisode.objects.filter(child=child).order_by("-opened_at").select_related("child").first()
            for child in self.world.children
        ]
        by = self.world.one.worker
        if apart and found[0] is not None:
            self.do(incidents.leave, found[0], reason="A test", by=by, at=self.now)
        elif found[0] is not None and found[1] is not None:
            self.do(incidents.join, *found, by=by, at=self.now)

    @precondition(lambda self: DutyTask.objects.open().exists())
    @rule(desk=which, done=st.booleans())
    def answer_a_task(self, desk: int, done: bool) -> None:
        if task := DutyTask.objects.open().order_by("pk").first():
            by = self.world.desks[desk].person
            self.do(duty_tasks.take, task, by=by, at=self.now)
            if done:
                self.do(duty_tasks.could_not_reach, task, by=by, at=self.now)
