"""The duty steps of a missing episode: what was asked for by when, and what was answered."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from alerts import after
from alerts.duties import DECIDED_BY, OUTLASTS, WRITTEN_WITHIN, Duty
from alerts.schedule import Step
from cases.models import MissingEpisode, User
from cases.states import EpisodeOutcome


class DutyStepQuerySet(models.QuerySet["DutyStep"]):
    def open(self) -> "DutyStepQuerySet":
        return self.filter(done_at=None)


class DutyStep(models.Model):
    """One step of one episode; it keeps the policy under which it was planned, and the answer that stands."""

    class Kind(models.TextChoices):
        KEEP_EVIDENCE = (
            Duty.KEEP_EVIDENCE,
            _("Leave the room, keep CCTV and door log, note if the phone still rings"),
        )
        POLICE_REFERENCE = Duty.POLICE_REFERENCE, _("Record police reference and police grade")
        PUBLICITY = Duty.PUBLICITY, _("Ask the police for publicity and a Child Rescue Alert")
        RESCUE_ANSWER = Duty.RESCUE_ANSWER, _("Have the police decide on the Child Rescue Alert")
        STRATEGY_BY_PHONE = Duty.STRATEGY_BY_PHONE, _("Hold a strategy discussion by phone")
        NRM_REFERRAL = Duty.NRM_REFERRAL, _("Refer to the National Referral Mechanism")
        HOME_OFFICE = Duty.HOME_OFFICE, _("Decide whether the Home Office is told")
        STRATEGY = Duty.STRATEGY, _("Hold or book the strategy discussion")
        BRIEFING = Duty.BRIEFING, _("Brief senior managers")
        MISSING_PEOPLE = Duty.MISSING_PEOPLE, _("Refer to Missing People (116 000), decide on publicity")
        UKMPU = Duty.UKMPU, _("Have the police confirm that the UK Missing Persons Unit knows")
        NRM_CONSIDERED = (
            Duty.NRM_CONSIDERED,
            _("Make or consider the referral to the National Referral Mechanism"),
        )
        DIRECTOR_BRIEFING = Duty.DIRECTOR_BRIEFING, _("Brief the director")
        OFSTED_HOME = (
            Duty.OFSTED_HOME,
            _("Have the children’s home decide whether Ofsted is told (regulation 40)"),
        )
        OFSTED_SUPPORTED = (
            Duty.OFSTED_SUPPORTED,
            _("Have the supported accommodation decide whether Ofsted is told (regulation 27, 24 hours)"),
        )
        BED_KEPT = (
            Duty.BED_KEPT,
            _("Ask whoever runs the placement to keep the bed longer, or say what becomes of it"),
        )
        TURNED_18 = (
            Duty.TURNED_18,
            _(
                "18th birthday: tell police, worker and guardian that the search goes on, and who leads it here"
            ),
        )
        POLICE_OFFICER = Duty.POLICE_OFFICER, _("Name the officer in the case")
        FORCE_ANSWER = Duty.FORCE_ANSWER, _("Have the other force say whether it takes the search over")
        FOUND_ANSWER = Duty.FOUND_ANSWER, _("Say whether a found child is this one")
        FOUND_UNNAMED = Duty.FOUND_UNNAMED, _("Find out who a found child is, and who looks after them")
        PREVENTION_INTERVIEW = (
            Duty.PREVENTION_INTERVIEW,
            _("Have the police hold their prevention interview, and note who held it"),
        )
        INTERVIEW_ASSIGNED = Duty.INTERVIEW_ASSIGNED, _("Name who offers the return interview")
        RETURN_INTERVIEW = Duty.RETURN_INTERVIEW, _("Offer the return interview and write it down")
        RISK_AGAIN = Duty.RISK_AGAIN, _("Assess the risk again")
        REPEATED = Duty.REPEATED, _("Hold a strategy meeting: missing or away again and again")
        HOME_RECORD = (
            Duty.HOME_RECORD,
            _("Ask the home what it did with its own record of the child and of this episode"),
        )
        WATCHED_STILL = (
            Duty.WATCHED_STILL,
            _("Agree who watches over the child tonight, and mark the live concern"),
        )
        WITH_CHILD = (
            Duty.WITH_CHILD,
            _("Have somebody the child knows at the hospital, and give the ward our number"),
        )
        APPROPRIATE_ADULT = Duty.APPROPRIATE_ADULT, _("Have an appropriate adult at the police station")
        SOLICITOR = Duty.SOLICITOR, _("Have a solicitor for the child before any interview")
        TRAFFICKING_DEFENCE = (
            Duty.TRAFFICKING_DEFENCE,
            _("Ask the solicitor about the defence for victims of trafficking (section 45)"),
        )
        VISIT_AS_CHILD = (
            Duty.VISIT_AS_CHILD,
            _("Visit the child, and contest that they are treated as an adult"),
        )
        FAMILY_CHECKED = Duty.FAMILY_CHECKED, _("See the child at the family’s home, and check who they are")
        ABROAD_SEEN = (
            Duty.ABROAD_SEEN,
            _("Ask the children’s services of that country to see the child, never its embassy"),
        )
        TELL_ENDED = Duty.TELL_ENDED, _("Tell those who were told beside the policy that it has ended")
        OTHERS_TOLD = (
            Duty.OTHERS_TOLD,
            _("Ask the child about those who went along, and ring the desks that look for them"),
        )
        TAKEN_DOWN = (
            Duty.TAKEN_DOWN,
            _("Have what is out about the child taken down, and record that it is withdrawn"),
        )
        CORONER = Duty.CORONER, _("Tell the coroner")
        FRIENDS_TOLD = Duty.FRIENDS_TOLD, _("Tell friends, carers and the guardian in person")
        PANEL_NOTIFIED = Duty.PANEL_NOTIFIED, _("Notify the Child Safeguarding Practice Review Panel")
        DEATH_UNSAID = (
            Duty.DEATH_UNSAID,
            _(
                "Tell all who heard of the death that it was another child: police, coroner, Panel, friends, carers, guardian"
            ),
        )

    class Answer(models.TextChoices):
        DONE = "done", _("Done")
        BOOKED = "booked", _("Booked")
        NOT_NEEDED = "not_needed", _("Considered, and decided against")

    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="duty_steps")
    kind = models.CharField(max_length=20, choices=Kind)
    policy_version = models.PositiveIntegerField()
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # The instant of each rung that hears of it, as ISO text by rung.
    steps = models.JSONField(default=dict, blank=True)
    # When a rung that had heard of it hears again, after an answer was withdrawn: ISO text by rung.
    again = models.JSONField(default=dict, blank=True)
    # When it is to be held: nobody is asked before its record has had time to be written (`asked_from`).
    booked_for = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    # Nobody where the facts answered it by themselves.
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    note = models.TextField(blank=True)
    # What stood here before, the oldest first, each until when (alerts/step_pasts.py): a policy is replayed over it.
    past = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)

    objects = DutyStepQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "kind"], name="duty_step_once"),
            models.CheckConstraint(
                name="duty_step_answered_when_done",
                condition=Q(done_at=None, answer="", note="", done_by=None)
                | (Q(done_at__isnull=False) & ~Q(answer="") & ~Q(note="")),
            ),
            # Never automatic: whether the Home Office is told is somebody's decision.
            models.CheckConstraint(
                name="duty_step_home_office_is_decided",
                condition=~Q(kind="home_office") | Q(done_at=None) | Q(done_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.kind}"

    @property
    def is_answered_by_facts(self) -> bool:
        """Whether recording the fact itself answers it, and nothing else does."""
        return self.is_decided or self.kind in (
            Duty.POLICE_REFERENCE,
            Duty.RETURN_INTERVIEW,
            Duty.TAKEN_DOWN,
            Duty.BED_KEPT,
        )

    @property
    def is_decided(self) -> bool:
        """Whether decisions that have a record of their own answer it."""
        return self.kind in DECIDED_BY

    @property
    def is_after(self) -> bool:
        """Whether it is opened by the end of the episode, and not by its beginning."""
        return self.kind in after.AFTER

    def outlasts(self, outcome: str) -> bool:
        """Whether the end of the search with this outcome does not end it; a record that was late was no search."""
        return self.is_after or (self.kind in OUTLASTS and outcome != EpisodeOutcome.RECORDING_LATE)

    @property
    def owed_at(self) -> datetime:
        """By when it is to be done: by the policy, or when it is to be held if that is later."""
        return self.due_at if self.booked_for is None else max(self.due_at, self.booked_for)

    @property
    def asked_from(self) -> datetime:
        """From when its rungs count, and it is late: of what is booked not before its record can have been written."""
        return self.due_at if self.booked_for is None else max(self.due_at, self.booked_for + WRITTEN_WITHIN)

    @property
    def rungs(self) -> Mapping[Step, datetime]:
        """The instant at which each rung hears of it as long as it is not answered."""
        put_off = self.asked_from - self.due_at
        planned = {Step(rung): datetime.fromisoformat(moment) for rung, moment in self.steps.items()}
        moments = {rung: moment + put_off for rung, moment in planned.items()}
        again = {Step(rung): datetime.fromisoformat(moment) for rung, moment in self.again.items()}
        return moments | {
            rung: max(moment, moments[rung]) for rung, moment in again.items() if rung in moments
        }

    def is_late(self, at: datetime) -> bool:
        return self.done_at is None and self.asked_from < at
