"""Many machines on one account: shares of plans handed over in PostgreSQL, workers, and who follows them."""

from orchestrator.cluster.following import Followed, Follower
from orchestrator.cluster.handover import Handover, handovers
from orchestrator.cluster.queue import Queue, QueueError, open_queue
from orchestrator.cluster.worker import Worker

__all__ = ["Followed", "Follower", "Handover", "Queue", "QueueError", "Worker", "handovers", "open_queue"]
