"""Users and the memberships that give them a role in an organisation for a time."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from cases import mail_domains
from cases.worded import Question

# A session lasts half a day: older ends have signed everybody out by themselves.
ENDED_LATELY = timedelta(days=31)


class Role(models.TextChoices):
    SOCIAL_WORKER = "social_worker", _("Social worker")
    DUTY_DESK = "duty_desk", _("Duty desk")
    TEAM_MANAGER = "team_manager", _("Team manager")
    PLACEMENT_STAFF = "placement_staff", _("Placement staff")
    FOSTER_CARER = "foster_carer", _("Foster carer")
    GUARDIAN = "guardian", _("Guardian")
    POLICE = "police", _("Police")
    ADMINISTRATOR = "administrator", _("Administrator")
    # Reads the figures of the whole country, and no child.
    STATISTICIAN = "statistician", _("Oversight analyst")
    # Reads who was shown what in their authority, and no child.
    AUDITOR = "auditor", _("Auditor")
    DPO = "dpo", _("Data protection officer")
    # Reviews the care of looked-after children, and reads those whose reviewer they are by name.
    REVIEWING_OFFICER = "reviewing_officer", _("Independent reviewing officer")


TEAM_ROLES = (Role.SOCIAL_WORKER, Role.DUTY_DESK, Role.TEAM_MANAGER)
HOME_ROLES = (Role.PLACEMENT_STAFF, Role.FOSTER_CARER)
# What belongs to an authority as a whole; none of these opens a child, but that a reviewing officer is named for some.
AUTHORITY_ROLES = (Role.ADMINISTRATOR, Role.AUDITOR, Role.DPO, Role.REVIEWING_OFFICER)


class Reach(models.TextChoices):
    """How far a manager's view goes: the team, the whole service (head of service), or all (director)."""

    TEAM = "team", _("Team manager")
    SERVICE = "service", _("Head of service")
    DIRECTORATE = "directorate", _("Director")


class Language(models.TextChoices):
    ENGLISH = "en-gb", _("English")
    WELSH = "cy", _("Welsh")


class Told(models.TextChoices):
    """When somebody wants what is for their information; what asks them to act goes at once, whatever they chose."""

    BUNDLED = "bundled", _("In one mail for all of about ten minutes")
    AT_ONCE = "at_once", _("At once, each by itself")
    DIGEST = "digest", _("In the daily list only")


class ToldBy(models.TextChoices):
    MAIL = "mail", _("Email")
    TEXT = "text", _("Text message")


class Outside(models.TextChoices):
    """In what part somebody without an account here is near a child that is kept from them."""

    RELATIVE = "relative", _("Relative")
    COMPANION = "companion", _("Companion or friend")
    INTERPRETER = "interpreter", _("Interpreter")
    CARER = "carer", _("Carer or host")
    OTHER = "other", _("Somebody else")


class UserManager(BaseUserManager["User"]):
    """Django asks for a manager class to make users by email address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    # Of the parts in a drill, who sign in nowhere: where their mails go.
    drill_mail_to = models.EmailField(blank=True, db_default="", default="")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    # Part of what a session is checked against: one more, and nothing that the person is signed in with opens anything.
    sessions_ended = models.PositiveIntegerField(default=0, db_default=0)
    # Of a device that stands in a home: it signs in by its passkey, and opens that home's roll-call and nothing else.
    device_home = models.ForeignKey(
        "cases.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    # Of somebody without an account from whom a child is kept: they sign in nowhere, ever, and have no role.
    outside = models.CharField(max_length=11, choices=Outside, blank=True, default="", db_default="")
    # The address that they are known by: the one to sign in with stays free for whoever may have an account.
    outside_mail = models.EmailField(blank=True, default="", db_default="")
    # What they chose for themselves; without a language of theirs the browser's is spoken.
    language = models.CharField(max_length=5, choices=Language, blank=True, db_default="", default="")
    told = models.CharField(max_length=8, choices=Told, default=Told.BUNDLED, db_default=Told.BUNDLED)
    told_by = models.CharField(max_length=4, choices=ToldBy, default=ToldBy.MAIL, db_default=ToldBy.MAIL)
    has_digest = models.BooleanField(default=True, db_default=True)
    # In London wall time.
    digest_time = models.TimeField(default=time(8), db_default=time(8))
    # When the next one is looked at; none until it is first worked out.
    digest_next_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    # What they were called before, where it was asked for (`cases.escorts.remember_names`).
    former_names: tuple[str, ...] = ()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                name="user_of_no_immigration_body",
                condition=~Q(email__iregex=mail_domains.PATTERN)
                & ~Q(drill_mail_to__iregex=mail_domains.PATTERN),
            ),
            models.CheckConstraint(
                name="user_outside_signs_in_nowhere",
                condition=Q(outside="", outside_mail="")
                | (
                    Q(outside__in=Outside.values, is_active=False, has_digest=False, last_login=None)
                    & Q(device_home=None, is_superuser=False)
                ),
            ),
            models.CheckConstraint(
                name="user_told_in_the_digest_has_one", condition=~Q(told="digest") | Q(has_digest=True)
            ),
            models.CheckConstraint(
                name="user_told_by_text_has_phone", condition=Q(told_by="mail") | ~Q(phone="")
            ),
            models.CheckConstraint(
                name="user_digest_is_a_mail", condition=~Q(told="digest") | Q(told_by="mail")
            ),
        ]
        indexes = [
            models.Index(fields=["digest_next_at"], name="user_by_digest", condition=Q(has_digest=True))
        ]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's check of a session, which a changed password ends; so does a role that has ended."""
        value = f"{self.password}|{self.sessions_ended}"
        return salted_hmac("cases.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, at: datetime) -> "MembershipQuerySet":
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            starts_at__lte=at,
            awaits=False,
            user__is_active=True,
        )

    @staticmethod
    def of_heads() -> Q:
        """Of whoever heads a guardian service: one definition, of who is told and of who may answer."""
        return Q(role=Role.GUARDIAN, reach=Reach.DIRECTORATE)

    def administered_by(self, user_id: int | None, at: datetime) -> "MembershipQuerySet":
        """The roles of an administrator that somebody held at `at`, whatever has become of the account since."""
        standing = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
        return self.filter(standing, user=user_id, role=Role.ADMINISTRATOR, starts_at__lte=at)

    def acted_by(self, user: "User", at: datetime) -> "list[Membership]":
        """The roles that `user` holds at `at`, and as a manager the posts of others that they cover: one question more."""
        if user.pk is None:
            return []
        own = _HELD(user.pk, at)
        if not any(one.role == Role.TEAM_MANAGER for one in own):
            return own
        return own + _COVERED(user.pk, at)

    def standing(self, at: datetime) -> "MembershipQuerySet":
        """Those that hold at `at` or begin later."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), called_off_at=None)

    def ended_untold(self, at: datetime) -> "MembershipQuerySet":
        """Those that ended by their date in the last month, with nothing done about it yet."""
        from cases.models.events import ConfigurationChange

        told = ConfigurationChange.objects.filter(
            subject_type="membership", subject_id=OuterRef("pk"), kind="role_ended"
        )
        passed = self.filter(ends_at__lte=at, ends_at__gt=at - ENDED_LATELY, called_off_at=None)
        return passed.exclude(Exists(told))


_HELD = Question(
    lambda user, at: Membership.objects.current(at).select_related("team", "home", "force").filter(user=user)
)


def _covered(user: Any, at: Any) -> MembershipQuerySet:
    from cases.models.manager_covers import ManagerCover

    covered = ManagerCover.objects.holding(at).filter(covered_by=user)
    rows = Membership.objects.current(at).select_related("team", "home", "force")
    return rows.filter(pk__in=covered.values("membership"))


_COVERED = Question(_covered)


class Membership(models.Model):
    """One person's role in one organisation, for a period."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    reach = models.CharField(max_length=12, choices=Reach, default=Reach.TEAM)
    team = models.ForeignKey(
        "cases.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    home = models.ForeignKey(
        "cases.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    service = models.ForeignKey(
        "cases.GuardianService", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    force = models.ForeignKey(
        "cases.PoliceForce", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    authority = models.ForeignKey(
        "cases.Authority", null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    # Before it began: it then ends as it begins, and holds at no instant.
    called_off_at = models.DateTimeField(null=True, blank=True)
    # It opens nothing until somebody else has confirmed the account (`cases.confirming`).
    awaits = models.BooleanField(default=False, db_default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="membership_organisation_fits_role",
                condition=(
                    Q(
                        role__in=TEAM_ROLES,
                        team__isnull=False,
                        home=None,
                        service=None,
                        force=None,
                        authority=None,
                    )
                    | Q(
                        role__in=HOME_ROLES,
                        home__isnull=False,
                        team=None,
                        service=None,
                        force=None,
                        authority=None,
                    )
                    | Q(
                        role="guardian",
                        service__isnull=False,
                        team=None,
                        home=None,
                        force=None,
                        authority=None,
                    )
                    | Q(
                        role="police", force__isnull=False, team=None, home=None, service=None, authority=None
                    )
                    | Q(
                        role__in=AUTHORITY_ROLES,
                        authority__isnull=False,
                        team=None,
                        home=None,
                        service=None,
                        force=None,
                    )
                    | Q(role="statistician", team=None, home=None, service=None, force=None, authority=None)
                ),
            ),
            models.CheckConstraint(
                name="membership_reach_is_a_manager_s",
                condition=Q(role__in=("team_manager", "guardian")) | Q(reach="team"),
            ),
            models.CheckConstraint(
                name="membership_awaits_to_supervise",
                condition=Q(awaits=False) | (Q(role="guardian") & ~Q(reach="team")),
            ),
            models.CheckConstraint(
                name="membership_ends_after_start",
                condition=Q(ends_at=None, called_off_at=None)
                | Q(ends_at__gt=F("starts_at"), called_off_at=None)
                | Q(ends_at=F("starts_at"), called_off_at__isnull=False, called_off_at__lt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.user_id}"

    @property
    def title(self) -> str:
        """What people call the role: a manager by how far they lead."""
        if self.role == Role.TEAM_MANAGER:
            return str(Reach(self.reach).label)
        if self.supervises:
            leads = self.reach == Reach.DIRECTORATE
            return str(_("Head of a guardian service") if leads else _("Supervisor of guardians"))
        return str(Role(self.role).label)

    @property
    def heads(self) -> bool:
        """Whether this role heads a guardian service, as `of_heads` asks it of PostgreSQL."""
        return self.role == Role.GUARDIAN and self.reach == Reach.DIRECTORATE

    @property
    def supervises(self) -> bool:
        """Whether this role leads the guardians of a service, as their supervisor or as its head."""
        return self.role == Role.GUARDIAN and self.reach != Reach.TEAM
