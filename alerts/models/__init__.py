"""What silence owes."""

from alerts.models.clocks import Alert, AlertStep, Clock, Heartbeat
from alerts.models.duty_steps import DutyStep
from alerts.models.duty_tasks import DutyTask, DutyTaskAlert
from alerts.models.home_clocks import HomeAlert, HomeAlertStep, HomeClock
from alerts.models.matters import MatterClock
from alerts.models.outages import Outage
from alerts.models.outbox import Channel, Message, MessageItem, MessageKind, MessageProof
from alerts.models.police import (
    LinkAcknowledgement,
    LinkUse,
    PoliceLink,
    ProfileCode,
    ProfileTry,
    Verification,
)
from alerts.models.policies import DemoWatch, PolicyVersion
from alerts.models.probes import Probe, TestCall
from alerts.models.releases import Release, ReleaseRead
from alerts.models.replies import Reply, ReplyAnswer
from alerts.models.sending import Sending
from alerts.models.step_answers import StepAnswer

__all__ = [
    "Alert",
    "AlertStep",
    "Channel",
    "Clock",
    "DemoWatch",
    "DutyStep",
    "DutyTask",
    "DutyTaskAlert",
    "Heartbeat",
    "HomeAlert",
    "HomeAlertStep",
    "HomeClock",
    "LinkAcknowledgement",
    "LinkUse",
    "MatterClock",
    "Message",
    "MessageItem",
    "MessageKind",
    "MessageProof",
    "Outage",
    "PoliceLink",
    "PolicyVersion",
    "Probe",
    "ProfileCode",
    "ProfileTry",
    "Release",
    "ReleaseRead",
    "Reply",
    "ReplyAnswer",
    "Sending",
    "StepAnswer",
    "TestCall",
    "Verification",
]
