"""Taking in episodes of other feeds."""

from companion.importing.plan import Offer, OfferState, Plan, plan

__all__ = ["Offer", "OfferState", "Plan", "plan"]
