"""What is left out of scoring by the account's own list, and what conversations are found by for that."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opt_out",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("installation_id", "label"),
    )
    op.create_table(
        "conversation_label",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id", "conversation_id"],
            ["conversation.installation_id", "conversation.conversation_id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", "conversation_id", "label"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversation_label", "conversation_label", ["installation_id", "label"], unique=False)
