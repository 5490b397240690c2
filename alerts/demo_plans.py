"""The plan of one child of the demo's story, with an action and with what the placement cannot keep of it."""

from datetime import datetime, timedelta

from cases import plans
from cases.deadlines import london_day
from cases.models import Child, Placement, User


def write(child: Child, *, worker: User, manager: User, at: datetime) -> None:
    """Write the plan and ask for both."""
    today = london_day(at)
    plan = plans.Plan(
        goals="The man who waited at the college gate does not find him again, and he tells the carer when he rings.",
        if_missing="Ring Kidane, then Biniam from his class. Look at the coach station and the car wash in Mill Lane.",
        contacts="By day his social worker, at night the duty desk.",
        contact_row="high",
        guardian_contact="Sees her each Tuesday after college. Duty rings her within the hour.",
        travel_rules="To college and back by the 72 bus, by himself; anywhere else with somebody of the home. Back by 8pm.",
        address_secrecy="His class knows the street, and nobody online does. He says that he lives with his uncle.",
        copied_to="Police of the area, the college",
        phone_plan="A new number since Monday; the old card lies in the office.",
        visitors="Biniam and his mother. Nobody else without a call to the social worker.",
        safe_words="“I forgot my football boots” means: come and get me.",
        child_agrees="in_part",
        child_words="I want to walk to college by myself.",
        agreed_with="The home, the guardian, the college",
        review_date=today + timedelta(days=28),
    )
    plans.write(child, plan, by=worker, at=at)
    plans.ask(
        child,
        "Ask the college to let him in by the side door",
        owner=worker,
        by_date=today + timedelta(days=2),
        by=worker,
        at=at,
    )
    placement = Placement.objects.current(at).filter(child=child).first()
    plans.ask(
        child,
        "Nobody is awake in the house between two and five",
        owner=manager,
        by_date=today + timedelta(days=5),
        placement=placement,
        by=worker,
        at=at,
    )
