"""What somebody chooses for themselves: language, the daily list, and how what is for their information comes."""

from collections.abc import Collection
from datetime import time
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import digests
from cases.models import Language, Role, Told, ToldBy, User
from cases.people import Wishes, wishes_of
from cases.templatetags.govuk import clock_time

# Who is told of children for their information alone.
TOLD = frozenset({Role.SOCIAL_WORKER, Role.GUARDIAN})
HOURS = range(5, 23)
ON, OFF = "yes", "no"


class AccountForm(forms.Form):
    """Only what the person's roles have to do with is asked."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy(
            "Of these pages. Mails and texts are in English, and so is what is not translated yet."
        ),
        choices=Language.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Select a language"),
            "invalid_choice": gettext_lazy("Select a language"),
        },
    )
    has_digest = forms.ChoiceField(
        label=gettext_lazy("Do you want a daily list?"),
        help_text=gettext_lazy(
            "One email a day with what is due for you, by reference. It comes only when there is something."
        ),
        choices=((ON, gettext_lazy("Yes")), (OFF, gettext_lazy("No"))),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Select if you want a daily list"),
            "invalid_choice": gettext_lazy("Select if you want a daily list"),
        },
    )
    digest_time = forms.TypedChoiceField(
        label=gettext_lazy("When does the daily list come?"),
        help_text=gettext_lazy("UK time"),
        coerce=time.fromisoformat,
        error_messages={
            "required": gettext_lazy("Select when the daily list comes"),
            "invalid_choice": gettext_lazy("Select when the daily list comes"),
        },
    )
    told = forms.ChoiceField(
        label=gettext_lazy("When do you want what is for your information?"),
        help_text=gettext_lazy(
            "That is what duty is looking into already, and updates. What is urgent comes at once, whatever you select."
        ),
        choices=Told.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Select when you want what is for your information"),
            "invalid_choice": gettext_lazy("Select when you want what is for your information"),
        },
    )
    told_by = forms.ChoiceField(
        label=gettext_lazy("How do you want what is for your information?"),
        choices=ToldBy.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Select email or text message"),
            "invalid_choice": gettext_lazy("Select email or text message"),
        },
    )

    def __init__(self, *args: Any, user: User, roles: Collection[str], **options: Any) -> None:
        options["initial"] = _initial(user)
        super().__init__(*args, **options)
        self.user = user
        hours = {time(hour) for hour in HOURS} | {user.digest_time}
        times = [(hour.strftime("%H:%M"), clock_time(hour)) for hour in sorted(hours)]
        self.fields["digest_time"].choices = times  # type: ignore[attr-defined]
        if not set(roles) & set(digests.READERS):
            del self.fields["has_digest"], self.fields["digest_time"]
        if not set(roles) & TOLD:
            del self.fields["told"], self.fields["told_by"]
        elif not user.phone:
            self.fields["told_by"].help_text = _(
                "For text messages your administrator enters a phone for you."
            )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("told_by") == ToldBy.TEXT and not self.user.phone:
            self.add_error("told_by", _("There is no phone on record for you: select email"))
        if answers.get("told") == Told.DIGEST:
            if answers.get("has_digest") == OFF:
                self.add_error("told", _("You have selected no daily list: select another time"))
            elif answers.get("told_by") == ToldBy.TEXT:
                self.add_error("told_by", _("The daily list is an email: select email"))
        return answers

    def wishes(self) -> Wishes:
        """What is chosen; what was not asked stays as it is."""
        kept = wishes_of(self.user)
        answers = self.cleaned_data
        on = answers["has_digest"] == ON if "has_digest" in answers else kept.has_digest
        return Wishes(
            language=answers["language"],
            told=answers.get("told", kept.told),
            told_by=answers.get("told_by", kept.told_by),
            has_digest=on,
            digest_time=answers.get("digest_time", kept.digest_time),
        )


def _initial(user: User) -> dict[str, str]:
    spoken = Language.WELSH if translation.get_language() == Language.WELSH else Language.ENGLISH
    return {
        "language": user.language or spoken,
        "has_digest": ON if user.has_digest else OFF,
        "digest_time": user.digest_time.strftime("%H:%M"),
        "told": user.told,
        "told_by": user.told_by,
    }
