"""Every error a person can meet; its class says who must act.

OrchestratorError
├── PlanError            the author: the plan, or what was typed, does not hold            exit 2
├── CredentialsError     the operator: no key, a wrong key, or one without permission     exit 6
├── PaymentError         the payer: the account is empty or in arrears                    exit 6
├── UnreachableError     nobody but time: the provider does not answer                    exit 7
├── ProviderError        the operator: the provider answers, but not what was documented  exit 7
├── StateError           the operator: the journal or the state folder                    exit 8
│   ├── JournalBusyError     another process is submitting from this journal
│   ├── JournalBrokenError   not ours, damaged, or written by a newer version
│   └── DiskError            no room, or no right to write
└── MediaError           nobody or the provider: a file that is not a video               exit 3

What became of a submission is never an error but an outcome (`ports.Accepted`, `Declined`,
`Unclear`); a failed task is a fact. A broken invariant is an assertion, and our bug (exit 1).
"""

from __future__ import annotations


class OrchestratorError(Exception):
    """Names the thing, what is wrong with it and the next move, in one or two lines."""


class PlanError(OrchestratorError):
    """The plan, or what was typed, does not hold; nothing was sent."""


class CredentialsError(OrchestratorError):
    """The provider wants another key; nothing on this account can go on."""


class PaymentError(OrchestratorError):
    """The account cannot pay; nothing on it can go on."""


class UnreachableError(OrchestratorError):
    """The provider could not be asked now; asking again later, after `retry_after` seconds, is safe."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderError(OrchestratorError):
    """The provider answered what its documentation does not say; asking again may not help."""


class StateError(OrchestratorError):
    """The journal or the folder it lives in cannot be used."""


class JournalBusyError(StateError):
    """Another process submits from this journal; it is named."""


class JournalBrokenError(StateError):
    """The file is not a journal, is damaged, or is of a newer version."""


class DiskError(StateError):
    """There is no room on the disk, or no right to write there."""


class MediaError(OrchestratorError):
    """A file is not the video or the image it should be."""
