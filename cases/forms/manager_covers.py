"""Answers about a manager's post while its holder is away: for which time, which post, and who is asked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from cases.forms.covers import offer
from cases.models import Membership, User, WorkerLeave
from cases.moves import isolated


class ManagerCoverForm(forms.Form):
    """Who is asked to stand in a post, for which leave."""

    leave = forms.ChoiceField(
        label=gettext_lazy("For which time?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select the time")},
    )
    post = forms.ChoiceField(
        label=gettext_lazy("For which post?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select the post")},
    )
    colleague = forms.ChoiceField(
        label=gettext_lazy("Who is asked to cover?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select who is asked")},
    )

    def __init__(
        self,
        *args: Any,
        leaves: Sequence[tuple[WorkerLeave, str]],
        posts: Sequence[Membership],
        colleagues: Sequence[User],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.leaves = {str(leave.pk): leave for leave, _words in leaves}
        self.posts = {str(post.pk): post for post in posts}
        self.colleagues = {str(person.pk): person for person in colleagues}
        offer(self, "leave", [(str(leave.pk), words) for leave, words in leaves])
        offer(self, "post", [(pk, _named(post)) for pk, post in self.posts.items()])
        offer(self, "colleague", [(pk, isolated(one.name)) for pk, one in self.colleagues.items()])
        for name, rows in (("leave", self.leaves), ("post", self.posts)):
            if len(rows) == 1:
                self.initial.setdefault(name, next(iter(rows)))

    def chosen(self) -> tuple[WorkerLeave, Membership, User]:
        given = self.cleaned_data
        return self.leaves[given["leave"]], self.posts[given["post"]], self.colleagues[given["colleague"]]


def _named(post: Membership) -> str:
    return f"{post.title}, {isolated(post.team.name)}" if post.team is not None else post.title
