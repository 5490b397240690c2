"""The types of a placement as a form asks for one: those of most children, and the others in groups."""

from django.utils.translation import gettext_lazy as _

from cases.models import Placement

TYPE_HELP = _(
    "If it is none of the others the return asks for one of the codes Z11 to Z14. Choose “Other placement” where nobody"
    " knows which: where the child is can be recorded all the same."
)


Type = Placement.Type
# Where most of these children are placed, and behind them all the others of the return.
MOST_USED = (Type.CHILDRENS_HOME, Type.SUPPORTED, Type.FOSTER, Type.FOSTER_LONG, Type.RELATIVE_OTHER)
_OTHERS = (
    (_("With family or friends"), (Type.RELATIVE, Type.PARENT)),
    (_("A home, a school or work"), (Type.CARE_HOME, Type.FAMILY_CENTRE, Type.SCHOOL, Type.EMPLOYMENT)),
    (_("Hospital, secure home or custody"), (Type.HEALTH, Type.SECURE, Type.CUSTODY)),
    (
        _("For a short while"),
        (Type.TEMPORARY_HOSPITAL, Type.TEMPORARY_HOLIDAY, Type.TEMPORARY_CARER, Type.TEMPORARY),
    ),
    (_("None of these"), (Type.OTHER, Type.OTHER_11, Type.OTHER_12, Type.OTHER_13, Type.OTHER_14)),
)
TYPES = (
    *((one.value, one.label) for one in MOST_USED),
    *((group, [(one.value, one.label) for one in types]) for group, types in _OTHERS),
)
