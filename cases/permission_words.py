"""What the table of permissions says in words: for the page, and for docs/permissions.md, which is printed from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.access import FUNCTIONS, MATRIX, Permission, Relation
from cases.models import Role

VERBS: Mapping[Permission, Promise] = {
    Permission.SEE_STATUS: _("see name, team and status"),
    Permission.SEE_RECORD: _("see the record"),
    Permission.SEE_ADDRESS: _("see the placement's address and the child's phone"),
    Permission.SEE_PHOTO: _("see photos"),
    Permission.SEE_EPISODE: _("see a missing episode"),
    Permission.RECORD_CONTACT: _("record having seen the child, or tried, and withdraw what was recorded"),
    Permission.RECORD_ABSENCE: _(
        "record out, and away with permission, and read what whoever looks after the child is to know"
    ),
    Permission.REPORT_MISSING: _("report the child missing"),
    Permission.CONFIRM_EPISODE: _("confirm a missing episode, and answer its steps"),
    Permission.VERIFY_POLICE: _("record the police's reference and officer"),
    Permission.ANSWER_FOR_POLICE: _("answer for the own force"),
    Permission.END_EPISODE: _("end a missing episode"),
    Permission.ADD_UPDATE: _("add what is new to an episode"),
    Permission.DECIDE_HOME_OFFICE: _("decide whether an immigration body hears"),
    Permission.WRITE_RETURN_INTERVIEW: _("write the return interview, and release lines of it"),
    Permission.PLACE_CHILD: _("place and move the child"),
    Permission.CHANGE_CHILD: _("change the child's details"),
    Permission.MARK_CONCERN: _("mark a live concern, and grade the risk"),
    Permission.WRITE_NOTE: _("write case notes"),
    Permission.WRITE_OWN_NOTE: _("write own notes"),
    Permission.KEEP_FROM: _(
        "keep somebody from the child, read and sign risk assessments, restrict the record,"
        " see who has seen the child, look at broken glass,"
        " destroy a wrong passage, set a legal hold, and let a guardian read the address"
    ),
    Permission.REOPEN_CASE: _("open a closed case again"),
    Permission.BREAK_GLASS: _("break the glass: read for an hour how the child is reached, and no address"),
    Permission.ALLOCATE: _("give the child to a social worker"),
    Permission.REGISTER_CHILD: _("register children"),
    Permission.WORK_DUTY_DESK: _("work at the duty desk"),
    Permission.CALL_ROLL: _("call the roll of their home"),
    Permission.SEE_OVERSIGHT: _("see figures of the whole country, and no child"),
    Permission.AUDIT_READS: _("see who read which page of whom, by reference, and no record"),
    Permission.PROTECT_DATA: _(
        "answer breaches and complaints, see disclosures, set legal holds, all by reference, and see no record"
    ),
}
# Verbs that stand on record from before they were joined to another.
FORMER: Mapping[str, Permission] = {
    "withdraw_contact": Permission.RECORD_CONTACT,
    "answer_duty_step": Permission.CONFIRM_EPISODE,
}
WHOSE: Mapping[Relation, Promise] = {
    Relation.AUTHORITY: _("Children for whom their own authority is responsible"),
    Relation.TEAM: _("Children of their own team"),
    Relation.WORKER: _("Children whose social worker they are"),
    Relation.COVERED: _("Children whose social worker is away, and whose work they have accepted to cover"),
    Relation.HOME: _("Children placed in their home now"),
    Relation.GUARDIAN: _("Children whose guardian they are now, or for whose guardian they cover"),
    Relation.ADDRESSED: _("Children whose guardian they are now, where a manager has allowed the address"),
    Relation.SERVICE: _("Children with a guardian of the service that they supervise"),
    Relation.FORCE: _("Children of whom their force was told, while the episode is open and 30 days after"),
    Relation.HOST: _("Children placed in their area by another authority"),
    Relation.NOBODYS: _("Children of their own authority who are in no team yet"),
    Relation.REVIEWED: _("Children whose independent reviewing officer they are"),
}
# Of no child in particular.
BY_ROLE = _("By their role alone")


@dataclass(frozen=True)
class Line:
    """What one role may do for the children of one kind, in the order of the verbs."""

    whose: Promise
    verbs: tuple[Promise, ...]


@dataclass(frozen=True)
class Chapter:
    """All that one role may do; none of it by the role alone is about a child."""

    role: Role
    lines: tuple[Line, ...]


def chapters() -> tuple[Chapter, ...]:
    """The whole table, role by role; a role without a line may do nothing to do with children."""
    return tuple(Chapter(role, _lines(role)) for role in Role)


def may(role: Role, permission: Permission) -> tuple[Promise, ...]:
    """For whose children `role` has this permission, or by the role alone."""
    if permission in FUNCTIONS:
        return (BY_ROLE,) if role in FUNCTIONS[permission] else ()
    return tuple(words for relation, words in WHOSE.items() if (role, relation) in MATRIX[permission])


def _lines(role: Role) -> tuple[Line, ...]:
    related = [
        Line(words, tuple(VERBS[verb] for verb, wanted in MATRIX.items() if (role, relation) in wanted))
        for relation, words in WHOSE.items()
    ]
    alone = Line(BY_ROLE, tuple(VERBS[verb] for verb, roles in FUNCTIONS.items() if role in roles))
    return tuple(line for line in (*related, alone) if line.verbs)
