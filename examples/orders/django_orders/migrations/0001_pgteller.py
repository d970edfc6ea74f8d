"""The bank: pgteller's one SQL file, which lies beside this one."""

from pathlib import Path

from django.db import migrations


def install(apps: object, schema_editor: object) -> None:
    """Install it."""
    [file] = Path(__file__).parent.glob("pgteller-*.sql")
    schema_editor.execute(file.read_text(), params=None)  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    """There is no way back: a ledger is not dropped by a migration."""

    operations = [migrations.RunPython(install)]
