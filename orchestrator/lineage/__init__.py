"""The graph of videos that the facts add up to, and the questions people and programs ask of it."""

from orchestrator.lineage.fold import Lineage, Wish
from orchestrator.lineage.takes import LIFETIME, Attempt, Take, Video, attempt_after, take_after

__all__ = ["LIFETIME", "Attempt", "Lineage", "Take", "Video", "Wish", "attempt_after", "take_after"]
