"""The tables of the member's area, by what they are about."""

from members.models.addresses import Address
from members.models.changes import EmailChange, FormerAddress
from members.models.enquiries import (
    Channel,
    Enquiry,
    EnquiryEvent,
    EnquiryMessage,
    Team,
)
from members.models.members import Member, MemberManager
from members.models.requests import DataRequest, DataRequestStep
from members.models.sessions import Session
from members.models.tries import Tries

__all__ = [
    "Address",
    "Channel",
    "DataRequest",
    "DataRequestStep",
    "EmailChange",
    "Enquiry",
    "EnquiryEvent",
    "EnquiryMessage",
    "FormerAddress",
    "Member",
    "MemberManager",
    "Session",
    "Team",
    "Tries",
]
