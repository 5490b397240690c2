"""The forms of the facts' pages, and in `fields` the kinds of answer that every form asks for."""
