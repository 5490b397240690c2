"""The one bell: rung inside the transaction that changed children, with their ids."""

from django.dispatch import Signal

# send(sender, ids: tuple[int, ...], at: datetime)
children_changed = Signal()
