"""Which threads of the platform a conversation was read from."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_thread",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id", "conversation_id"],
            ["conversation.installation_id", "conversation.conversation_id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", "conversation_id", "thread_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversation_thread", "conversation_thread", ["installation_id", "thread_id"])
