"""Children to look at who were referred to a guardian service, each with what it answered."""

from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases.deadlines import london_day
from cases.models import Child
from guardians import assignments, referrals
from guardians.models import GuardianReferral
from guardians.states import ReferralStatus

MACHINE = "Referral to a guardian service"


def _live(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown, trafficking="yes")
    at = lot.ago(12)
    referral = referrals.Referral(
        service=lot.stage.service,
        referred_date=london_day(at),
        reason="Owes money for the journey, and somebody rings whom the child will not name.",
        language=shown.languages[0],
    )
    _answer(lot, shown, referrals.refer(child, referral, by=lot.worker, at=at))
    return seen(lot, child)


def _answer(lot: Lot, shown: Shown, referral: GuardianReferral) -> None:
    if shown.state == ReferralStatus.ASSIGNED:
        guardian, by = lot.stage.cast["guardian"], lot.stage.cast["manager"]
        assignments.assign(referral.child, guardian, service=lot.stage.service, by=by, at=lot.at)
    elif shown.state == ReferralStatus.WITHDRAWN:
        reason = "Joined an elder sister who has the care of her."
        referrals.withdraw(referral, reason=reason, by=lot.worker, at=lot.ago(8))
    elif shown.state != ReferralStatus.REFERRED:
        waits = shown.state == ReferralStatus.WAITING
        given = referrals.Answer(
            status=shown.state,
            note=_NOTES[shown.state],
            place=3 if waits else None,
            expected_date=london_day(lot.at + timedelta(days=30)) if waits else None,
        )
        referrals.answer(referral, given, by=lot.worker, at=lot.ago(9))


_NOTES: dict[str, str] = {
    ReferralStatus.ACCEPTED: "A guardian is to be named within the week.",
    ReferralStatus.WAITING: "Two guardians are on leave.",
    ReferralStatus.DECLINED: "No guardian of the service speaks his language, and none is to come.",
}

CHILDREN = (
    Shown("Senait", "Haddis", ("Amharic",), MACHINE, ReferralStatus.REFERRED, _live),
    Shown("Cuong", "Vinh", ("Vietnamese",), MACHINE, ReferralStatus.ACCEPTED, _live),
    Shown("Ledion", "Hasani", ("Albanian",), MACHINE, ReferralStatus.WAITING, _live),
    Shown("Aram", "Dilsoz", ("Kurdish Sorani",), MACHINE, ReferralStatus.DECLINED, _live),
    Shown("Yara", "Sabouni", ("Arabic",), MACHINE, ReferralStatus.ASSIGNED, _live),
    Shown("Mitra", "Golestan", ("Farsi",), MACHINE, ReferralStatus.WITHDRAWN, _live),
)
