"""Answers about a manager's post while its holder is away: for which time, which post, and who is asked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from cases.forms.covers import CoverForm, offer
from cases.models import Membership, User, WorkerLeave
from cases.moves import isolated


class ManagerCoverForm(CoverForm):
    """Who is asked to stand in a post, for which leave."""

    post = forms.ChoiceField(
        label=gettext_lazy("For which post?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select the post")},
    )
    field_order = ("leave", "post", "colleague")

    def __init__(self, *args: Any, posts: Sequence[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.posts = {str(post.pk): post for post in posts}
        offer(self, "post", [(pk, _named(post)) for pk, post in self.posts.items()])
        if len(posts) == 1:
            self.initial.setdefault("post", next(iter(self.posts)))

    def chosen(self) -> tuple[WorkerLeave, Membership, User]:
        leave, colleague = self.of_whom()
        return leave, self.posts[self.cleaned_data["post"]], colleague


def _named(post: Membership) -> str:
    return f"{post.title}, {isolated(post.team.name)}" if post.team is not None else post.title
