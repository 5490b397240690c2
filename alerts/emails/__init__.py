"""The one home of wording: what each owed message says, by mail, text and voice."""

from alerts.emails.about import forget, preload
from alerts.emails.area_list import AreaList, Part, compose_area_list
from alerts.emails.composition import RELATED, Composed, compose, compose_text, digest, reference_of
from alerts.emails.together import Digest, Section, compose_together, text_together
from alerts.emails.wordings import WORDINGS, Wording

__all__ = [
    "RELATED",
    "WORDINGS",
    "AreaList",
    "Composed",
    "Digest",
    "Part",
    "Section",
    "Wording",
    "compose",
    "compose_area_list",
    "compose_text",
    "compose_together",
    "digest",
    "forget",
    "preload",
    "reference_of",
    "text_together",
]
