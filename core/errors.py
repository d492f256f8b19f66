"""Every error of Isthmus, named by what the caller does next.

::

    IsthmusError
      UserError               the user can fix it; no traceback is shown
        ConfigError           a setting is wrong; names its place and the fix
          PluginError         a connector's package does not load, or holds none that can be used
        MappingError          a mapping is incomplete or contradicts itself
        CredentialError       a secret reference cannot be resolved
      ConnectorError          a vendor's reply; carries connection, operation, key and status
        RetryableError        try again, then give up
          RateLimitedError    the vendor asks to slow down (retry_after)
          UnavailableError    5xx, connection lost, time-out, truncated reply
        RecordError           quarantine this record, go on with the rest
          NotFoundError       the record is gone or hidden
          StaleVersionError   somebody changed it since we read it: plan it again
          RejectedError       the vendor refuses this value; carries its own words
        FatalError            stop the run
          AuthenticationError the credentials are refused
          ForbiddenError      the account lacks a permission
          UnexpectedReplyError  not the API that was expected (HTML, a login page, a broken shape)
          DefectError         the connector itself breaks the contract
      RunError                the run itself stops
        BrakeError            a safety brake: nothing was written; names the flag that lifts it
        LeaseHeldError        another process works on this link
        LedgerError           the ledger is unreadable or of another version
        StaleTargetError      a saved plan meets a record that has changed since
        InterruptedRunError   asked to stop; finished the write in hand

One place retries (``core.net.retry``), one place skips (``core.sync.engine``), one place turns an error into an exit code
(``cli``).
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from .redaction import redact


class IsthmusError(Exception):
    """Base of every error that Isthmus raises on purpose. Neither its text nor its representation shows a secret."""

    def __init__(self, message: str = "") -> None:
        super().__init__(redact(message))

    def __str__(self) -> str:
        return redact(super().__str__())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class UserError(IsthmusError):
    """Something that the user can fix: shown as one message, without a traceback."""


class ConfigError(UserError):
    """A setting is wrong. The message names its place in the file and the fix."""


class PluginError(ConfigError):
    """A connector's package does not load, or holds no connector that can be used. The message names it."""


class MappingError(UserError):
    """A mapping is incomplete or contradicts itself. The message names the field and the value."""


class CredentialError(UserError):
    """A secret reference cannot be resolved. The message names the reference, never a secret."""


class Facts(TypedDict, total=False):
    """What every error about a vendor's reply may carry; see :class:`ConnectorError`."""

    connection: str
    operation: str
    key: str | None
    status: int | None
    vendor_words: str


class ConnectorError(IsthmusError):
    """A vendor's reply that stands in the way.

    Attributes:
        connection: name of the connection in the configuration.
        operation: what was attempted, such as ``GET /api/v2/tickets/7``; never with a query string.
        key: the record concerned, if one is.
        status: HTTP status, if a reply arrived.
        vendor_words: the vendor's own explanation, redacted and cut to 2,000 characters.
    """

    def __init__(
        self,
        message: str,
        *,
        connection: str = "",
        operation: str = "",
        key: str | None = None,
        status: int | None = None,
        vendor_words: str = "",
    ) -> None:
        super().__init__(message)
        self.message = redact(message)
        self.connection = connection
        self.operation = operation
        self.key = key
        self.status = status
        self.vendor_words = redact(vendor_words)[:2000]

    def __str__(self) -> str:
        place = f"{self.connection}: " if self.connection else ""
        what = f" ({self.operation})" if self.operation else ""
        said = f": {self.vendor_words}" if self.vendor_words else ""
        return redact(f"{place}{self.message}{what}{said}")

    def refusal(self, message: str, key: str | None) -> RejectedError:
        """Give the error that this one means where it concerns a single record: the rest can be handled."""
        return RejectedError(
            message,
            connection=self.connection,
            operation=self.operation,
            key=key,
            status=self.status,
            vendor_words=self.vendor_words,
        )


class RetryableError(ConnectorError):
    """A passing fault. Retried where that is safe; what remains is reported and tried in the next run."""


class RateLimitedError(RetryableError):
    """The vendor asks to slow down.

    Attributes:
        retry_after: seconds that the vendor asks to wait, or None where it does not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class UnavailableError(RetryableError):
    """No usable reply: 5xx, a lost connection, a time-out, a truncated body.

    Attributes:
        maybe_applied: a write was sent and its fate is unknown: settle it, do not send it again.
        retry_after: seconds that the vendor asks to wait, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        maybe_applied: bool = False,
        retry_after: float | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, **facts)
        self.maybe_applied = maybe_applied
        self.retry_after = retry_after


class RecordError(ConnectorError):
    """This record cannot be handled; the rest can."""


class NotFoundError(RecordError):
    """The record is gone, or hidden from this account."""


class StaleVersionError(RecordError):
    """The record has changed since it was read; it is planned again."""


class RejectedError(RecordError):
    """The vendor refuses the value for a lasting reason, told in ``vendor_words``."""


class FatalError(ConnectorError):
    """Going on would do harm or cannot succeed: the run stops."""


class AuthenticationError(FatalError):
    """The credentials are refused."""


class ForbiddenError(FatalError):
    """The account is known but lacks a permission."""


class UnexpectedReplyError(FatalError):
    """The reply is not what this API gives: HTML, a login page, a broken shape."""


class DefectError(FatalError):
    """A connector breaks the contract: it raises what that does not know, or gives what that does not say. Named."""


class RunError(IsthmusError):
    """The run stops for a reason of its own."""


class BrakeError(RunError):
    """A safety brake stopped the run before its first write.

    Attributes:
        brake: name of the brake, such as ``max-change``.
        flag: the command-line flag that lifts it.
    """

    def __init__(self, message: str, *, brake: str, flag: str) -> None:
        super().__init__(f"{message} (brake '{brake}'; {flag} lifts it)")
        self.brake = brake
        self.flag = flag


class LeaseHeldError(RunError):
    """Another process works on this link. The message says which and until when."""


class LedgerError(RunError):
    """The ledger cannot be read, or a newer Isthmus wrote it."""


class StaleTargetError(RunError):
    """A saved plan meets a record that has changed since the plan was made."""


class InterruptedRunError(RunError):
    """The process was asked to stop and has finished the write in hand."""
