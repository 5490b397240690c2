"""Missing reports: what was said of a missing child, one row for each time it was said; never changed."""

import uuid

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from cases.models.children import Risk
from cases.models.contacts import WitnessRole
from cases.models.episodes import MissingEpisode
from cases.models.people import User


class PoliceRung(models.TextChoices):
    """Whether whoever reports has phoned the police."""

    YES = "yes", _("Yes")
    ABOUT_TO = "about_to", _("No, I am about to")
    NO = "no", _("No")


class Steps(models.TextChoices):
    """The reasonable steps to trace the child before and beside the call (College of Policing)."""

    SEARCHED = "searched", _("Searched the building and the grounds")
    PHONED_CHILD = "phoned_child", _("Phoned or messaged the child")
    PHONED_CARERS = "phoned_carers", _("Asked the carers and the staff")
    FRIENDS = "friends", _("Asked friends and others living there")
    GUARDIAN = "guardian", _("Asked the guardian")
    PLACES = "places", _("Looked where the child often goes")


class PoliceChannel(models.TextChoices):
    """By what the police were told, by whoever reports the child."""

    EMERGENCY = "999", "999"
    NON_EMERGENCY = "101", "101"
    ONLINE = "online", _("Online form")
    MAIL = "mail", _("Email to the control room")


class Taken(models.TextChoices):
    """What the child has along."""

    PHONE = "phone", _("Phone")
    MONEY = "money", _("Money or a bank card")
    DOCUMENTS = "documents", _("Documents")
    MEDICINE = "medicine", _("Medicine")
    CLOTHES = "clothes", _("Clothes or a bag")


class PhoneState(models.TextChoices):
    """What the child's phone does when it is rung."""

    ON = "on", _("On: it rings")
    OFF = "off", _("Off, or it goes to voicemail at once")
    NONE = "none", _("The child has no phone with it")


class Said(models.TextChoices):
    """An answer to a call handler's question; nobody is made to guess."""

    NOT_KNOWN = "not_known", _("Not known")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class Questions(models.TextChoices):
    """What call handlers ask beside "why are you worried?" and "what has been done?" (College of Policing)."""

    OUT_OF_CHARACTER = "out_of_character", _("Is this out of character?")
    BEFORE = "before", _("Missing before?")
    MEDICAL = "medical", _("Medical needs or medicine that cannot wait?")
    CRIME_VICTIM = "crime_victim", _("Likely to be the victim of a crime?")
    HARM = "harm", _("Likely to be abused or harmed?")
    EXPLOITATION = "exploitation", _("Signs of trafficking or exploitation?")
    SELF_HARM = "self_harm", _("Risk of self-harm or suicide?")
    DANGER = "danger", _("A danger to others?")
    ABROAD = "abroad", _("Likely to be taken or to travel abroad?")
    OTHER = "other", _("Anything else the police must know?")


class MissingReport(models.Model):
    """One version of the report on an episode; what is added later is the next version."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(MissingEpisode, on_delete=models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField()
    police_rung = models.CharField(max_length=8, choices=PoliceRung, blank=True)
    # By what and when the police were told, as whoever reports says; that one force has it is on record by itself.
    police_told_by = models.CharField(max_length=6, choices=PoliceChannel, blank=True, db_default="")
    police_told_at = models.DateTimeField(null=True, blank=True)
    # Each of the three may be empty: not known.
    last_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_place = models.CharField(max_length=200, blank=True)
    last_seen_by = models.CharField(max_length=150, blank=True)
    expected_at = models.CharField(_("where the child was expected"), max_length=200, blank=True)
    wearing = models.CharField(max_length=300, blank=True)
    vehicle = models.CharField(_("car and plate"), max_length=200, blank=True)
    with_whom = models.CharField(max_length=200, blank=True)
    travelling = models.CharField(_("how the child is travelling"), max_length=200, blank=True, db_default="")
    taken = models.JSONField(default=list)
    # The child's own phone: in no mail, and shown to whoever reads the record or searches.
    child_phone = models.CharField(_("the child’s phone"), max_length=30, blank=True, db_default="")
    phone_state = models.CharField(max_length=4, choices=PhoneState, blank=True, db_default="")
    phone_used = models.CharField(
        _("when and how the phone was last used"), max_length=200, blank=True, db_default=""
    )
    state_of_mind = models.CharField(max_length=300, blank=True, db_default="")
    weather = models.CharField(
        _("the weather, and whether the child is dressed for it"), max_length=200, blank=True, db_default=""
    )
    court_orders = models.CharField(max_length=300, blank=True, db_default="")
    collected_by = models.CharField(
        _("who collects the child when it is found, and where"), max_length=300, blank=True, db_default=""
    )
    steps = models.JSONField(default=list)
    # When each was done, by step, as far as it is known: an instant in UTC, written as ISO 8601 has it.
    steps_at = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    steps_note = models.CharField(max_length=500, blank=True)
    why_worried = models.TextField(blank=True)
    # By question: {"said": yes, no or not_known, "note": words}; what is not there is not known.
    answers = models.JSONField(default=dict)
    our_grade = models.CharField(max_length=7, choices=Risk, default=Risk.UNKNOWN)
    grade_reason = models.CharField(max_length=500, blank=True)
    # Beside those whom the policy tells: duty rings them.
    tell_also = models.TextField(_("who else is to be told"), blank=True, db_default="")
    # Whether the police are shown the photo and the find-me profile; None where nobody was asked.
    shares_profile = models.BooleanField(null=True)
    # Who says so: whoever writes it down may have been rung. Name and phone stand in no mail.
    reporter_role = models.CharField(max_length=20, choices=WitnessRole, blank=True, db_default="")
    reporter_name = models.CharField(
        _("name of whoever reports the child"), max_length=150, blank=True, db_default=""
    )
    reporter_phone = models.CharField(
        _("phone of whoever reports the child"), max_length=30, blank=True, db_default=""
    )
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["episode", "version"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "version"], name="missing_report_version_once"),
            models.CheckConstraint(
                name="missing_report_not_in_the_future",
                condition=Q(last_seen_at=None) | Q(last_seen_at__lte=F("recorded_at")),
            ),
            models.CheckConstraint(
                name="missing_report_police_told_before",
                condition=Q(police_told_at=None) | Q(police_told_at__lte=F("recorded_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.episode_id}: report {self.version}"
