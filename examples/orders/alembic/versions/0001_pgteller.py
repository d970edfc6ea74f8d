"""The bank: pgteller's one SQL file, which lies beside this one."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Install it, by the driver's own cursor: to that neither % nor : means anything here."""
    [file] = Path(__file__).parent.glob("pgteller-*.sql")
    op.get_bind().connection.cursor().execute(file.read_text())


def downgrade() -> None:
    """There is no way back: a ledger is not dropped by a migration."""
    raise NotImplementedError
