"""Whom a message could go to is read when a post first asks for it, for all children at once, and once."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import recipients
from alerts.posts import Post
from alerts.recipients import Directory
from cases import facts
from cases.facts import ChildFacts
from tests.factories import AT, a_watched_child

pytestmark = pytest.mark.django_db

WAYS = ("mail", "text", "voice")
OF_A_CHILD = ("cases_allocation", "guardians_guardianassignment", "cases_episodeforce", "cases_workerleave")


@pytest.fixture
def children() -> list[ChildFacts]:
    first = a_watched_child()
    found = facts.load([first.child.pk, a_watched_child(home=first.home).child.pk])
    return list(found.values())


def asked_by(ask: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return [query["sql"] for query in captured]


@pytest.mark.by_turns
def test_a_desk_asks_for_no_worker_guardian_or_leave_of_a_child(children: list[ChildFacts]) -> None:
    directory = recipients.directory(children, at=AT)
    asked = asked_by(lambda: [directory.resolve(Post.DUTY, child, WAYS) for child in children])
    assert asked
    assert not [statement for statement in asked for table in OF_A_CHILD if f'FROM "{table}"' in statement]


@pytest.mark.by_turns
def test_each_kind_is_read_for_all_children_by_the_first_who_asks(children: list[ChildFacts]) -> None:
    directory = recipients.directory(children, at=AT)
    first, other = children
    for post in (Post.DUTY, Post.WORKER, Post.MANAGER, Post.GUARDIAN, Post.HOME, Post.FORCE):
        directory.resolve(post, first, WAYS)
    assert asked_by(lambda: [directory.resolve(post, other, WAYS) for post in (Post.DUTY, Post.WORKER)]) == []
    assert directory.resolve(Post.WORKER, first, WAYS) != directory.resolve(Post.WORKER, other, WAYS)


@pytest.mark.by_turns
def test_the_order_in_which_posts_are_asked_for_changes_nobody(children: list[ChildFacts]) -> None:
    def all_of(directory: Directory, posts: list[Post]) -> dict[tuple[Post, int], list[recipients.Recipient]]:
        return {
            (post, one.child.pk): directory.resolve(post, one, WAYS) for post in posts for one in children
        }

    forth = all_of(recipients.directory(children, at=AT), list(Post))
    back = all_of(recipients.directory(children, at=AT), list(Post)[::-1])
    assert forth == back
    assert sum(map(bool, forth.values())) > 6


def test_of_no_child_nothing_of_children_is_asked(children: list[ChildFacts]) -> None:
    authority_id = children[0].authority_id
    desk = recipients.desks([authority_id], at=AT)
    asked = asked_by(lambda: [desk.standing(post, authority_id) for post in (Post.DUTY, Post.MANAGER)])
    assert asked
    assert not [statement for statement in asked if "child_id" in statement]
