"""A form that came again, and says something else than it did before."""

import uuid
from typing import Any

from django import forms

from cases.moves import IllegalMove, SentBefore


def refuse(form: forms.Form, refusal: IllegalMove, *, field: str | None = None) -> None:
    """Say what was refused, at `field` or above all; a form that was sent before with other words is to be sent anew."""
    if isinstance(refusal, SentBefore):
        send_anew(form, refusal)
    else:
        form.add_error(field, str(refusal))


def send_anew(form: forms.Form, refusal: SentBefore) -> None:
    """Say so above what was typed, and give the form a key of its own: the next press records it as well."""
    data: Any = form.data.copy()  # type: ignore[attr-defined]
    data[form.add_prefix("once")] = str(uuid.uuid4())
    form.data = data
    form.add_error(None, str(refusal))
