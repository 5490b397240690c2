"""A migration renders the model that it changes, and not with it all that lead to it: a quarter of the time from nothing."""

from django.db.migrations.state import ProjectState

_djangos = ProjectState._find_reload_model  # type: ignore[attr-defined]


def take_up() -> None:
    """Have every migration render this way, from now on."""
    ProjectState._find_reload_model = to_render  # type: ignore[attr-defined]


def to_render(self: ProjectState, app: str, name: str, delay: bool = False) -> set[tuple[str, str]]:
    """Which models are rendered anew when one has changed [Django 5.2, django.db.migrations.state].

    Django renders all that lead to it, at any remove: nearly every model, for each key that is added. A key needs the table
    and the type that it leads to, and those are the same on a model that was rendered before. As after Django's own
    `delay`, whoever works with rows (`RunPython`, what follows the last migration) has all of them rendered first. A model
    of which others are made is left to Django.
    """
    registered = self.apps.all_models[app]
    old = registered.get(name)
    if old is not None and set(old.__subclasses__()) & {*self.apps.get_models()}:
        found: set[tuple[str, str]] = _djangos(self, app, name, delay)
        return found
    self.is_delayed = True
    return {(app, name)}
