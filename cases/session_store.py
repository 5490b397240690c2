"""Sessions as Django keeps them; the row is asked for in words that are kept, for each page asks for it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from cases.clock import machine
from cases.worded import Question

_STANDING = Question(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        """The row of a session that has not expired [Django 5.2]; without one the session has no key any more."""
        found: Any = _STANDING(self.session_key, machine()) if self.session_key else []
        if not found:
            self._session_key = None
        return next(iter(found), None)
