"""The first part of an ending, word by word: how it was confirmed, by which office, and what the database holds of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ChildPart(models.TextChoices):
    """How the first part was confirmed: with the child, or by whoever answers for where the child is."""

    SAW = "saw", _("Saw the child face to face")
    SPOKE = "spoke", _("Rang back on a number held, and spoke to the child and an adult there")
    OFFICE = "office", _("Rang whoever has the child, on a number not from the caller")
    DEATH = "death", _("Rang an office that says that the child has died")


# Where it is the word of others alone: the child is held somewhere, or has died, and is not back.
BY_OTHERS = (ChildPart.OFFICE, ChildPart.DEATH)


class Office(models.TextChoices):
    """Who has the child, or answers for its death."""

    POLICE = "police", _("Police: custody suite or officer in the case")
    HOSPITAL = "hospital", _("Hospital or ambulance service")
    COUNCIL = "council", _("Children’s services of a council")
    DETENTION = "detained", _("Whoever detains or houses the child as an adult")
    # Whoever fled a state is not asked for at its embassy.
    ABROAD = "abroad", _("Children’s services or police of the country abroad, never its embassy")
    FAMILY = "family", _("The family the child is with")
    CORONER = "coroner", _("Coroner, or procurator fiscal in Scotland")


class NumberFrom(models.TextChoices):
    """From where duty took the number that it dialled; whoever rang in is none of them."""

    NATIONAL = "national", _("101, and put through by the force")
    PUBLISHED = "publish", _("The office’s own website or switchboard")
    OURS = "ours", _("Our council’s own list of contacts")
    RECORD = "record", _("The child’s record, written before this search began")


# Dialled anywhere in the country; behind it the force puts duty through.
NATIONAL_NUMBER = "101"
# Who may say that a child has died: an officer, a hospital or a coroner; of a death abroad the authority there.
MAY_TELL_OF_DEATH = (Office.POLICE, Office.HOSPITAL, Office.CORONER, Office.ABROAD)
# Where a child may be whom nobody could speak to, as one who is unconscious: an office has it, and answers for that.
HELD_BY_AN_OFFICE = ("hospital", "arrested", "treated_as_adult", "abroad")

_PLAIN = Q(
    child_confirmed_office="",
    child_confirmed_office_name="",
    child_confirmed_number_from="",
    child_confirmed_number_where="",
    child_confirmed_reference="",
    child_confirmed_told_at=None,
    child_confirmed_unspoken="",
)
_RUNG = (
    Q(child_confirmed_told_at__isnull=False)
    # Rung again it is the same find, with the time of the later call.
    & (Q(ended_at=None) | Q(child_confirmed_told_at__lte=F("ended_at")))
    & ~Q(child_confirmed_adult="")
    & ~Q(child_confirmed_phone="")
    & ~Q(child_confirmed_office="")
    & ~Q(child_confirmed_number_from="")
    & ~Q(child_confirmed_number_where="")
    & (
        Q(
            child_confirmed_office=Office.POLICE,
            child_confirmed_number_from=NumberFrom.NATIONAL,
            child_confirmed_phone=NATIONAL_NUMBER,
        )
        | (~Q(child_confirmed_number_from=NumberFrom.NATIONAL) & ~Q(child_confirmed_phone=NATIONAL_NUMBER))
    )
)
_BY_AN_OFFICE = (
    ~Q(child_confirmed_office=Office.FAMILY)
    & ~Q(child_confirmed_office_name="")
    & ~Q(child_confirmed_reference="")
)
# A family has no switchboard and no reference: only a number written down before, and the child itself on it.
_BY_THE_FAMILY = Q(
    child_confirmed_office=Office.FAMILY,
    child_confirmed_number_from=NumberFrom.RECORD,
    child_confirmed_unspoken="",
)
# Somebody else than who was told has recorded the closing of the police, or the end.
_HEARD_BY_ANOTHER = (Q(ended_by__isnull=False) & ~Q(ended_by=F("child_confirmed_by"))) | (
    Q(police_closed_by__isnull=False) & ~Q(police_closed_by=F("child_confirmed_by"))
)
_NOBODY_SPOKE = Q(child_confirmed_how=ChildPart.DEATH) | ~Q(child_confirmed_unspoken="")


def constraints() -> list[models.BaseConstraint]:
    """What holds of each episode, whoever writes it: nobody ends a search on hearsay."""
    how = "child_confirmed_how"
    has_the_child = ~Q(child_confirmed_office=Office.CORONER) & (_BY_AN_OFFICE | _BY_THE_FAMILY)
    death = Q(child_confirmed_office__in=MAY_TELL_OF_DEATH, child_confirmed_unspoken="") & _BY_AN_OFFICE
    return [
        models.CheckConstraint(
            name="episode_child_part_says_how",
            condition=(Q(child_confirmed_at=None, child_confirmed_how="") & _PLAIN)
            | (
                Q(child_confirmed_at__isnull=False)
                & (
                    (Q(**{how: ChildPart.SAW}) & _PLAIN)
                    | (
                        Q(**{how: ChildPart.SPOKE})
                        & _PLAIN
                        & ~Q(child_confirmed_adult="")
                        & ~Q(child_confirmed_phone="")
                    )
                    | (Q(**{how: ChildPart.OFFICE}) & _RUNG & has_the_child)
                    | (Q(**{how: ChildPart.DEATH}) & _RUNG & death)
                )
            ),
        ),
        # Of a death nobody asks the child; and who was told of one records no other end.
        models.CheckConstraint(
            name="episode_death_is_told_by_an_office",
            condition=(~Q(outcome="died") | Q(child_confirmed_how=ChildPart.DEATH))
            & (~Q(child_confirmed_how=ChildPart.DEATH) | Q(outcome__in=("", "died", "another_child"))),
        ),
        models.CheckConstraint(
            name="episode_unspoken_child_is_held_by_an_office",
            condition=Q(child_confirmed_unspoken="") | Q(outcome__in=("", *HELD_BY_AN_OFFICE)),
        ),
        # The police's word is both parts where nobody spoke to the child: then two people here have heard it.
        models.CheckConstraint(
            name="episode_word_of_police_alone_is_heard_by_two",
            condition=~(Q(child_confirmed_office=Office.POLICE) & _NOBODY_SPOKE)
            | Q(police_closed_by=None)
            | ~Q(police_closed_by=F("child_confirmed_by")),
        ),
        # Where the police were owed no word there is no closing of theirs: then somebody else records the end.
        models.CheckConstraint(
            name="episode_death_is_heard_by_two",
            condition=~Q(status="ended")
            | ~(
                Q(child_confirmed_how=ChildPart.DEATH)
                | (Q(child_confirmed_office=Office.POLICE) & _NOBODY_SPOKE)
            )
            | _HEARD_BY_ANOTHER,
        ),
    ]
