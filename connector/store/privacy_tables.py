"""The tables of what is kept on purpose, what was erased, and what people decided about scores."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, LargeBinary, Table, Text

from .tables import Instant, key_of_conversation, key_of_installation, metadata, of_a_conversation

policy = Table(
    "policy",
    metadata,
    key_of_installation(),
    Column("version", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("applied_at", Instant),  # when every text kept before had been judged by it
)

legal_hold = Table(
    "legal_hold",
    metadata,
    key_of_installation(),
    Column("hold_id", Text, primary_key=True),
    Column("scope", JSON, nullable=False),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
)

contact_key = Table(
    "contact_key",
    metadata,
    key_of_installation(),
    Column("contact_id", Text, primary_key=True),  # or the conversation's own id, where no contact is known
    Column("key_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("uses", Integer, nullable=False),  # how many texts were sealed under it
)

next_installation_key = Table(
    "next_installation_key",  # while an installation's key is exchanged: the one that will stay
    metadata,
    key_of_installation(),
    Column("wrapped", LargeBinary, nullable=False),
)

master_mark = Table(
    "master_mark",  # one row: which master key this database is under, and which it is moving to
    metadata,
    Column("number", Integer, primary_key=True),
    Column("mark", LargeBinary, nullable=False),
    Column("next_mark", LargeBinary),
    Column("next_under_old", LargeBinary),
    Column("old_under_next", LargeBinary),
)

clock_mark = Table(
    "clock_mark",  # one row: what the clocks said when texts were last purged
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("uptime", Float, nullable=False),
    Column("boot", Text, nullable=False),
    Column("halted_because", Text),
)

kept_text = Table(
    "kept_text",
    metadata,
    *key_of_conversation(),
    Column("message_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),  # whose key opens it
    Column("mode", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("policy_version", Integer, nullable=False),
    of_a_conversation(),
    Index("ix_kept_text_due", "installation_id", "due_at"),
    Index("ix_kept_text_contact", "installation_id", "contact_id"),
)

kept_label = Table(
    "kept_label",  # what rules and legal holds can name a conversation with kept texts by
    metadata,
    *key_of_conversation(),
    Column("label", Text, primary_key=True),
    of_a_conversation(),
    sqlite_with_rowid=False,
)

opt_out = Table(
    "opt_out",  # what an admin wants left out: `tag:`, `brand:`, `queue:`, `pipeline:`, `agent:`
    metadata,
    key_of_installation(),
    Column("label", Text, primary_key=True),  # an agent by a keyed digest of the id
    Column("added_at", Instant, nullable=False),
    Column("added_by", Text, nullable=False),
)

conversation_label = Table(
    "conversation_label",  # the brand, queue and pipeline that a conversation is in
    metadata,
    *key_of_conversation(),
    Column("label", Text, primary_key=True),
    of_a_conversation(),
    Index("ix_conversation_label", "installation_id", "label"),
    sqlite_with_rowid=False,
)

clearing = Table(
    "clearing",  # fields on the platform that have to be blanked: what they are on is forgotten here
    metadata,
    key_of_installation(),
    Column("kind", Text, primary_key=True),  # `conversation` or `contact`
    Column("id", Text, primary_key=True),
    Column("because", Text, nullable=False),
    Column("since_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
)

erasure = Table(
    "erasure",  # what the erasure log asks for, and whether this database has done it
    metadata,
    key_of_installation(),
    Column("erasure_id", Text, primary_key=True),
    Column("pseudonym", Text, nullable=False),  # a keyed digest of the contact's id
    Column("because", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("readmitted_at", Instant),  # from when on new conversations are scored again
)

proof = Table(
    "proof",  # outlives its installation: it is what shows that the data is gone
    metadata,
    Column("number", Integer, primary_key=True),
    Column("installation", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("entry", JSON, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_proof_position", "installation", "position", unique=True),
    sqlite_autoincrement=True,
)

dispute = Table(
    "dispute",
    metadata,
    *key_of_conversation(),
    Column("dispute_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),  # whose key opens the reasons, see contact_key
    Column("raised_by", Text, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("reason", LargeBinary, nullable=False),  # sealed: a person's words about a score
    Column("status", Text, nullable=False),
    Column("score_version", Integer, nullable=False),  # which score of the conversation it is about
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Column("decision", LargeBinary),  # sealed: why it was decided so
    Column("empathy", Integer),  # what a person put in the place of the score
    Column("band", Text),
    of_a_conversation(),
    Index("ix_dispute_status", "installation_id", "status", "conversation_id"),
)

person_level = Table(
    "person_level",
    metadata,
    key_of_installation(),
    Column("version", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Text),
)

access = Table(
    "access",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("installation", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("role", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Index("ix_access_at", "installation", "at"),
    sqlite_autoincrement=True,
)
