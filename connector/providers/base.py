"""The contract every provider keeps; `docs/provider-contract.md` numbers its promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from ..model import Account, Conversation, Field, Head, Macro, Page, PastConversation, Token, Write, Written
from ..outcomes import FactPage, Told

Wanted = Callable[[Head], bool]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do; whatever is False raises `Unsupported` when asked for."""

    history: bool = False
    deletions: bool = False
    contact_deletions: bool = False
    """Deleted contacts are listed."""
    contact_search: bool = False
    """Contacts can be found by their e-mail address."""
    opt_out_list: bool = False
    """All contacts who opted out are listed, whether or not a conversation of theirs changed."""
    labels: tuple[str, ...] = ()
    """What a conversation is told apart by before it is read: some of `tag`, `brand`, `queue`, `pipeline` and
    `channel`."""
    agent_prefix: str = ""
    """What an agent's id begins with here where people know the rest alone."""
    webhooks: bool = False
    threads: bool = False
    """Webhooks may name a thread, whose conversation has to be asked for."""
    private_notes: bool = False
    contact_fields: bool = False
    outcomes: tuple[Told, ...] = ()
    """What this platform can tell of what became of conversations and customers; empty: `outcomes` raises."""
    templates: bool = False
    macros: bool = False
    """The texts that people keep there to paste can be read."""
    needs_fields: bool = True
    """Custom fields have to be created before anything can be written."""
    stamps_messages: bool = False
    """A new message always moves `Head.updated_at`: an unmoved stamp proves that nothing was said."""
    write_batch: int = 100
    """Rows in one write request at most; `write` takes any number and splits them."""
    index_lag: timedelta = timedelta(0)
    """How long a change may stay invisible to `pages`; the cursor trails by it."""


class Tokens(Protocol):
    """Where a provider gets its access token from; renewal is single-flight and durable."""

    def current(self) -> str:
        """The access token to use now, renewed beforehand when it is about to expire."""

    def renew(self, stale: str) -> str:
        """Another token after a 401 with `stale`. Raises Reauthorize when there is none."""

    def held(self) -> Token:
        """The pair as it is held, with the client it was given to: for revoking it, never to be stored."""


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a platform's tokens are renewed: `refresh(token, origin)` raises Reauthorize when refused."""

    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    rotates: bool
    """Each renewal kills both old tokens."""
    uses: Mapping[str, str] = field(default_factory=dict)
    """What each scope is used for, in words; one that is missing here is not used."""
    takes_challenge: bool = False
    """The platform documents PKCE (S256) for its authorization page."""

    def optional_used(self) -> tuple[str, ...]:
        """The optional scopes that something is used for: no others are ever asked for."""
        return tuple(scope for scope in self.optional_scopes if scope in self.uses)


@dataclass(frozen=True, slots=True)
class Asking:
    """Our part of one authorization: the same when an admin is asked and when the answer is exchanged."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(repr=False)
    """PKCE: shown to the platform as a digest first, and itself with the code."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code was exchanged for."""

    token: Token
    account_id: str | None = None
    """The account that the token speaks for, where the platform says so."""


@dataclass(frozen=True, slots=True)
class MadeHook:
    """A webhook in the account that tells us what changed, and the secret it signs with."""

    purpose: str
    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MadeTemplate:
    """A workflow template in the account."""

    kind: str
    title: str
    is_new: bool
    """It was made just now, inactive."""
    is_active: bool


class Provider(Protocol):
    """One connected account. The provider owns paging and batching; the caller owns the cursor.

    All methods raise RetryLater (with the instant) when the platform is busy, down or cut off,
    Reauthorize when the token is dead, Misconfigured with the remedy, and Unsupported where
    `capabilities` says so. A provider does not sleep beyond quick transport retries of two seconds;
    longer waits are its gate's business.
    """

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    oauth: ClassVar[OAuth | None]

    def check(self) -> Account:
        """Who am I? Raises Reauthorize for a dead or anonymous token, Misconfigured for a missing scope."""

    def pages(self, since: str | None, wanted: Wanted) -> Iterator[Page]:
        """Changed conversations, oldest change first, at least once, with a cursor safe after each page.

        `since` is a cursor of an earlier page (or of `cursor_at`), None for everything the account has.
        `wanted(head)` is asked once for each changed conversation before any request for it alone;
        a False leaves it out of the page. A finished run ends the iterator; an account without
        anything still yields one page with a cursor. A RetryLater may end the iterator early:
        the conversations gathered until then have been yielded with a safe cursor.
        """

    def cursor_at(self, instant: datetime) -> str:
        """The cursor from which `pages` finds all that changed at or after `instant` (aware UTC)."""

    def conversation(self, conversation_id: str, wanted: Wanted | None = None) -> Conversation | None:
        """One conversation, whole; None when it is gone, or when `wanted(head)` says no.

        It is asked before anything that was said is read.
        """

    def conversation_of(self, thread_id: str) -> str | None:
        """The conversation that a thread belongs to; None for a thread that has none, or is gone.

        Raises Unsupported without `capabilities.threads`: webhooks name conversations there.
        """

    def history(self, contact_id: str, limit: int) -> Sequence[PastConversation]:
        """A contact's earlier conversations, mails, calls and notes, newest first."""

    def ensure_fields(self, fields: Sequence[Field]) -> Mapping[str, str]:
        """Create or adopt our fields: name -> platform id. Twice is once; a clash is Misconfigured."""

    def write(self, batch: Sequence[Write]) -> Sequence[Written]:
        """Write our fields only, absolute values; one outcome for each row, in the same order.

        Any number of rows: requests never exceed `capabilities.write_batch`. Rows whose outcome is
        unknown are left out of the answer and stay owed.
        """

    def write_contacts(self, batch: Sequence[Write]) -> Sequence[Written]:
        """The same for contact roll-ups."""

    def deleted(self, since: datetime) -> Iterator[str]:
        """Ids of conversations deleted at or after `since`."""

    def deleted_contacts(self, since: datetime) -> Iterator[str]:
        """Ids of contacts deleted at or after `since`."""

    def opted_out_contacts(self) -> Iterator[str]:
        """Ids of all contacts who carry `empathy_opt_out` now."""

    def find_contact(self, email: str) -> Sequence[str]:
        """Ids of the contacts with that address, compared without regard to case; none when nobody has it.

        The address is sent to the platform and goes nowhere else: no log, no exception, no cache.
        """

    def outcomes(self, since: str | None) -> Iterator[FactPage]:
        """What became of conversations and customers, as far as it changed, at least once, each page with a
        cursor that is safe after it.

        `since` is a cursor of an earlier page, None for everything the account has. The last page names what
        this account does not give of `capabilities.outcomes`, and why: a plan, a scope. Facts of everybody
        are told, opted out or not: whoever asks knows whom to leave out. Raises Unsupported without
        `capabilities.outcomes`.
        """

    def macros(self) -> Iterator[Macro]:
        """Every text in use that the account keeps for agents to paste.

        Raises Unsupported without `capabilities.macros`, or where this token may not read them.
        """

    def ensure_hooks(self, address: str) -> Sequence[MadeHook]:
        """Have the account tell `address` what changes; twice is once.

        Raises Unsupported without `capabilities.webhooks`: there is nothing to make in such an account.
        """

    def ensure_templates(self) -> Sequence[MadeTemplate]:
        """Make workflow templates in the account, inactive; those that are there stay as they are.

        Raises Unsupported without `capabilities.templates`, Misconfigured before `ensure_fields`.
        """

    def disconnect(self) -> None:
        """Revoke our token at the platform; never raises for a token that is dead already."""


RefreshToken = Callable[[Token], Token]
"""Renews a token pair at the platform. Raises Reauthorize (refused) or RetryLater (down)."""
