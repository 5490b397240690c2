"""The one home of wording: what each owed message says, by mail, text and voice."""

from alerts.emails.about import preload
from alerts.emails.composition import RELATED, Composed, compose, compose_text, digest, reference_of
from alerts.emails.wordings import WORDINGS, Wording

__all__ = [
    "RELATED",
    "WORDINGS",
    "Composed",
    "Wording",
    "compose",
    "compose_text",
    "digest",
    "preload",
    "reference_of",
]
