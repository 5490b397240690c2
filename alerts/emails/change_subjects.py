"""The subjects of the mails about a change of configuration."""

from django.utils.translation import gettext as _


def of(wording: str) -> str:
    """The subject of this wording, its reference to be filled in; of an account where no other is named."""
    words = {
        "mail_check": _("Your mailbox %(reference)s - a test, nothing to do"),
        "lado_mailbox": _("Mailbox of the LADO %(reference)s - is it right?"),
        "administrator_role": _("Role of an administrator %(reference)s - is it right?"),
        "mailbox_unproved": _("Mailbox %(reference)s - nobody answers from it"),
        "mailbox_removed": _("Mailbox %(reference)s - it was ended"),
        "force_phone_changed": _("Number of the police %(reference)s - it was changed"),
        "service_corrected": _("Guardian service %(reference)s - it was corrected"),
        "role_shared": _("Account %(reference)s - is it right?"),
        "role_answered": _("Account %(reference)s - somebody has answered"),
        "home_phone_changed": _("Number of a home %(reference)s - it was changed"),
        "mailbox_entered": _("Mailbox of the police %(reference)s - is it right?"),
        "numbers_uncalled": _("Number %(reference)s - ring it to test it"),
        "area_unlisted": _("Weekly list %(reference)s - it goes to nobody"),
        "guardians_lacking": _("Guardian service %(reference)s - none in your area"),
        "authority_split": _("Authority %(reference)s - it was split into several"),
        "leave_recorded": _("Leave %(reference)s - you are on record as away"),
        "leave_elsewhere": _("Leave %(reference)s - a manager is away or back"),
        "cover_asked": _("Cover %(reference)s - you are asked to cover"),
        "post_uncovered": _("Manager’s post %(reference)s - nobody covers"),
        "post_filled": _("Manager’s post %(reference)s - somebody acts there again"),
    }
    return words.get(wording) or _("Your account %(reference)s - was this you?")
