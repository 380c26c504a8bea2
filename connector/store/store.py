"""The store: one object for everything the database does."""

from __future__ import annotations

from functools import partial
from weakref import finalize

from .accesses import Accesses
from .api_access import ApiAccess
from .attempts import Attempts
from .audits import Audits
from .budgets import Budgets
from .clearings import Clearings
from .database import open_database
from .disputes import Disputes
from .erasures import Erasures
from .facts import Facts
from .headways import Headways
from .hints import Hints
from .holds import Holds, require_hold
from .installations import Installations
from .keys import Keys
from .labels import Labels
from .listing import Listing
from .looks import Looks
from .migrate import is_migrated, migrate
from .opt_outs import OptOuts
from .outbox import Outbox
from .overview import Overviews
from .pages import Pages
from .person_levels import PersonLevels
from .policies import Policies
from .previews import Previews
from .proofs import Proofs
from .reading import Reading
from .replies import Replies
from .rubrics import Rubrics
from .settled import SettledParts
from .setups import Setups
from .subjects import Subjects
from .texts import Texts
from .threads import Threads
from .told import ToldFacts
from .upkeep import Upkeep
from .visits import Visits


class Store(
    Installations,
    Holds,
    Pages,
    Outbox,
    Reading,
    Replies,
    Overviews,
    Policies,
    Texts,
    Keys,
    Upkeep,
    Disputes,
    PersonLevels,
    Accesses,
    Attempts,
    Audits,
    Budgets,
    Clearings,
    Erasures,
    Labels,
    Looks,
    OptOuts,
    Proofs,
    Subjects,
    Visits,
    Facts,
    Listing,
    Headways,
    Hints,
    Threads,
    ToldFacts,
    SettledParts,
    Setups,
    ApiAccess,
    Rubrics,
    Previews,
):
    """All that is kept: installations with sealed tokens, scores, cursors, owed writes; text only if sealed.

    Every method is a transaction of its own. They raise Misconfigured for an installation that does not
    exist or a disk that refuses, and Busy while another process keeps the database locked for too long.
    """

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database, creating or migrating it first. Raises Misconfigured."""
        database = open_database(url)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        store = cls(database)
        # psycopg complains, on stderr, of a connection that is left to the end of the interpreter
        finalize(store, database.close)
        return store

    def is_migrated(self) -> bool:
        """Whether the database answers, and its tables are those of this program."""
        return is_migrated(self._database)

    def held_by(self, name: str, holder: str) -> Store:
        """The same store for the one that holds the installation: once somebody else has taken it over,
        every write raises Superseded and changes nothing."""
        return Store(self._database.guarded(partial(require_hold, name=name, holder=holder)))

    def require_held(self) -> None:
        """Raise Superseded when a store of `held_by` is not its holder's any more."""
        with self._database.writing():
            pass

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()
