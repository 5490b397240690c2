"""The one bell: rung inside the transaction that changed children, with their ids; and its second note, for homes."""

from django.dispatch import Signal

# send(sender, ids: tuple[int, ...], at: datetime, kind: str): the kind of event that rang it, where it was one
children_changed = Signal()

# send(sender, ids: tuple[int, ...], at: datetime): what is about a home and no child, such as a check of the building
homes_changed = Signal()

# send(sender, change: ConfigurationChange): who may read or where alerts go was changed, about no child
configuration_changed = Signal()

# send(sender, ids: tuple[int, ...], at: datetime): a data breach or complaint was reported or answered, about no child
matters_changed = Signal()

# send(sender, match: FoundMatch, at: datetime): those who look for a child said whether a found child is theirs
found_answered = Signal()
