"""Who plays in the demo, and how each of them signs in; invented from end to end."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from cases import second_factor
from cases.models import Reach, Role, User


@dataclass(frozen=True)
class Part:
    """Somebody in the story, with a sign-in."""

    role: str
    name: str
    email: str
    phone: str
    reach: str = Reach.TEAM
    label: str = ""


CAST = (
    Part(Role.DUTY_DESK, "Dilys Penrowe", "duty", "01632 960101", label="Duty desk"),
    Part(Role.DUTY_DESK, "Owen Maddern", "second", "01632 960102", label="Duty desk, second on the rota"),
    Part(Role.TEAM_MANAGER, "Marian Quill", "manager", "01632 960103", label="Team manager"),
    Part(Role.TEAM_MANAGER, "Harriet Ashdene", "head", "01632 960104", Reach.SERVICE, "Head of service"),
    Part(Role.TEAM_MANAGER, "Dominic Vale", "director", "01632 960105", Reach.DIRECTORATE, "Director"),
    Part(Role.SOCIAL_WORKER, "Wyn Brightwell", "worker", "01632 960106", label="Social worker"),
    Part(Role.PLACEMENT_STAFF, "Moira Reid", "home", "01632 960107", label="Placement staff"),
    Part(Role.FOSTER_CARER, "Fergus Tamsin", "carer", "01632 960108", label="Foster carer"),
    Part(Role.GUARDIAN, "Greta Harcastle", "guardian", "01632 960109", label="Guardian"),
    Part(Role.POLICE, "Priya Lowmoor", "police", "01632 960110", label="Police officer"),
    Part(Role.ADMINISTRATOR, "Alun Withy", "admin", "01632 960111", label="Administrator"),
    Part(Role.STATISTICIAN, "Nerys Calloway", "figures", "01632 960112", label="Oversight analyst"),
    Part(Role.AUDITOR, "Ines Coldharbour", "auditor", "01632 960113", label="Auditor"),
    Part(Role.DPO, "Tobias Fenwright", "dpo", "01632 960114", label="Data protection officer"),
    Part(
        Role.REVIEWING_OFFICER,
        "Eirlys Sandford",
        "reviewer",
        "01632 960115",
        label="Independent reviewing officer",
    ),
)


def password() -> str:
    """One passphrase for all demo sign-ins of this installation."""
    return f"rollcall-demo-{_of_this_installation('demo sign-ins').hex()[:8]}"


def app_key(part: Part) -> str:
    """The key that an authenticator app takes for this part."""
    return base64.b32encode(_of_this_installation(f"demo app {part.email}")[:20]).decode()


def _of_this_installation(what: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), what.encode(), hashlib.sha256)


def sign_ins() -> list[dict[str, str]]:
    """Who can sign in to the demo: one for each role, with the key for an app where a second step is asked."""
    word, asked = password(), second_factor.is_asked()
    return [
        {"role": part.label, "name": part.name, "email": email(part), "password": word}
        | ({"app_key": app_key(part)} if asked else {})
        for part in CAST
    ]


def give_passwords(cast: list[User]) -> None:
    """Hash the one passphrase once for all: a hash is slow on purpose."""
    encoded = cast[0].password
    if check_password(password(), encoded) and all(user.password == encoded for user in cast):
        return
    encoded = make_password(password())
    for user in cast:
        user.password = encoded
        user.save(update_fields=["password"])


def email(part: Part) -> str:
    return f"{part.email}@northmere.example"
