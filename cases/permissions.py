"""What may be done, by whom: the table of permission, which cases.access reads and nobody else decides by."""

from enum import StrEnum

from cases.models import HOME_ROLES, TEAM_ROLES, Role


class Permission(StrEnum):
    """What may be done, named as verbs."""

    SEE_STATUS = "see_status"
    SEE_RECORD = "see_record"
    SEE_ADDRESS = "see_address"
    SEE_PHOTO = "see_photo"
    SEE_EPISODE = "see_episode"
    RECORD_CONTACT = "record_contact"
    RECORD_ABSENCE = "record_absence"
    REPORT_MISSING = "report_missing"
    CONFIRM_EPISODE = "confirm_episode"
    VERIFY_POLICE = "verify_police"
    ANSWER_FOR_POLICE = "answer_for_police"
    END_EPISODE = "end_episode"
    ADD_UPDATE = "add_update"
    DECIDE_HOME_OFFICE = "decide_home_office"
    WRITE_RETURN_INTERVIEW = "write_return_interview"
    PLACE_CHILD = "place_child"
    CHANGE_CHILD = "change_child"
    MARK_CONCERN = "mark_concern"
    WRITE_NOTE = "write_note"
    # A guardian's notes are a kind of their own.
    WRITE_OWN_NOTE = "write_own_note"
    KEEP_FROM = "keep_from"
    # Read in an emergency how a child of one's own council is reached, with the reason said first.
    BREAK_GLASS = "break_glass"
    REOPEN_CASE = "reopen_case"
    # Give the child's work to a social worker.
    ALLOCATE = "allocate"
    # Functions of a role, not about one child:
    REGISTER_CHILD = "register_child"
    WORK_DUTY_DESK = "work_duty_desk"
    CALL_ROLL = "call_roll"
    SEE_OVERSIGHT = "see_oversight"
    # Of their authority: who read, when and which page; never a value, and no name of a child.
    AUDIT_READS = "audit_reads"
    # Of their authority: what was disclosed, breaches and complaints; a child by reference alone.
    PROTECT_DATA = "protect_data"


class Relation(StrEnum):
    """How a person stands to a child."""

    AUTHORITY = "authority"
    TEAM = "team"
    WORKER = "worker"
    # Their social worker is away, and they have accepted to have the work meanwhile.
    COVERED = "covered"
    HOME = "home"
    GUARDIAN = "guardian"
    # The same, with leave to read the placement's address.
    ADDRESSED = "addressed"
    # Somebody of the guardian service that they supervise watches over the child.
    SERVICE = "service"
    FORCE = "force"
    HOST = "host"
    # The authority is responsible and none of its teams has the child yet.
    NOBODYS = "nobodys"
    # They are named as who reviews its care, and their authority, or the one that took its place, is responsible.
    REVIEWED = "reviewed"


_STAFF = {(role, Relation.AUTHORITY) for role in TEAM_ROLES}
_DUTY = {(Role.DUTY_DESK, Relation.AUTHORITY)}
_MANAGER = {(Role.TEAM_MANAGER, Relation.TEAM)}
_COVERED = {(Role.SOCIAL_WORKER, Relation.COVERED)}
_WORKER = {(Role.SOCIAL_WORKER, Relation.WORKER)} | _COVERED
_COLLEAGUE = {(Role.SOCIAL_WORKER, Relation.TEAM)} | _COVERED
_TEAM = _COLLEAGUE | _MANAGER | _DUTY
_HOME = {(role, Relation.HOME) for role in HOME_ROLES}
_GUARDIAN = {(Role.GUARDIAN, Relation.GUARDIAN)}
_ADDRESSED = {(Role.GUARDIAN, Relation.ADDRESSED)}
_SERVICE = {(Role.GUARDIAN, Relation.SERVICE)}
_FORCE = {(Role.POLICE, Relation.FORCE)}
_HOST = {(Role.DUTY_DESK, Relation.HOST)}
# Reads what the care is, and writes nothing: whoever has the work records what a review decided.
_REVIEWING = {(Role.REVIEWING_OFFICER, Relation.REVIEWED)}

MATRIX: dict[Permission, frozenset[tuple[str, Relation]]] = {
    Permission.SEE_STATUS: frozenset(_STAFF | _HOME | _GUARDIAN | _SERVICE | _FORCE | _HOST | _REVIEWING),
    Permission.SEE_RECORD: frozenset(_TEAM | _REVIEWING),
    Permission.SEE_ADDRESS: frozenset(_DUTY | _MANAGER | _WORKER | _HOME | _ADDRESSED),
    # Not for a force: an officer sees a photo only after showing who they are by a second way.
    Permission.SEE_PHOTO: frozenset(_TEAM | _HOME | _GUARDIAN),
    Permission.SEE_EPISODE: frozenset(_STAFF | _HOME | _GUARDIAN | _FORCE | _REVIEWING),
    Permission.RECORD_CONTACT: frozenset(_TEAM | _HOME | _GUARDIAN),
    # Whoever lets the child go out reads for that what the plan says of it, and how the child is found.
    Permission.RECORD_ABSENCE: frozenset(_TEAM | _HOME),
    Permission.REPORT_MISSING: frozenset(_STAFF | _HOME | _GUARDIAN),
    Permission.CONFIRM_EPISODE: frozenset(_DUTY | _MANAGER | _WORKER),
    Permission.VERIFY_POLICE: frozenset(_DUTY | _MANAGER),
    # A signed-in officer, for their own force: has this, has seen the child, has closed the report.
    Permission.ANSWER_FOR_POLICE: frozenset(_FORCE),
    Permission.END_EPISODE: frozenset(_DUTY | _MANAGER),
    # An officer tells the council by a way of their own.
    Permission.ADD_UPDATE: frozenset(_TEAM | _HOME | _GUARDIAN),
    # Whether an immigration body hears of a missing child is decided by a manager and by nobody else.
    Permission.DECIDE_HOME_OFFICE: frozenset(_MANAGER),
    # The child's own account of where they were: written by those who work with the child, and read by no home.
    Permission.WRITE_RETURN_INTERVIEW: frozenset(_COLLEAGUE | _MANAGER),
    Permission.PLACE_CHILD: frozenset(_TEAM),
    Permission.CHANGE_CHILD: frozenset(_TEAM),
    Permission.MARK_CONCERN: frozenset(_TEAM),
    Permission.WRITE_NOTE: frozenset(_TEAM),
    Permission.WRITE_OWN_NOTE: frozenset(_GUARDIAN),
    Permission.KEEP_FROM: frozenset(_MANAGER),
    Permission.BREAK_GLASS: frozenset(_STAFF),
    # Whoever may register a child there: a guard is raised by whoever has the child before them.
    Permission.REOPEN_CASE: frozenset(_STAFF),
    Permission.ALLOCATE: frozenset(_MANAGER | {(Role.TEAM_MANAGER, Relation.NOBODYS)}),
}
FUNCTIONS: dict[Permission, frozenset[str]] = {
    Permission.REGISTER_CHILD: frozenset(TEAM_ROLES),
    Permission.WORK_DUTY_DESK: frozenset({Role.DUTY_DESK, Role.TEAM_MANAGER}),
    Permission.CALL_ROLL: frozenset(HOME_ROLES),
    Permission.SEE_OVERSIGHT: frozenset({Role.STATISTICIAN, Role.TEAM_MANAGER}),
    Permission.AUDIT_READS: frozenset({Role.AUDITOR}),
    Permission.PROTECT_DATA: frozenset({Role.DPO}),
}
