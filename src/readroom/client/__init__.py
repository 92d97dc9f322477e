"""The light half of readroom: a researcher's scripts."""

from readroom.client.batches import CaseOutcome, CasePlan
from readroom.client.client import Client
from readroom.client.retries import RetryStrategy, SelectiveBackoffStrategy
from readroom.client.specs import SocketValueSpec, Unset

__all__ = ["CaseOutcome", "CasePlan", "Client", "RetryStrategy", "SelectiveBackoffStrategy", "SocketValueSpec", "Unset"]
