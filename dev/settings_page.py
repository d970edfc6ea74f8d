"""docs/settings.md, made from the table of settings; `make contract` writes it."""

from __future__ import annotations

from dev.markdown import MADE
from pgteller.settings_table import ROWS, TEXT, Setting


def settings_page() -> str:
    """All of it."""
    lines = [
        MADE,
        "# Settings\n",
        "All that web server, worker and commands take from their environment. One that is empty",
        "counts as missing; a value of no use ends whatever reads it, with a line that says what",
        "it must be and exit status 2. `pgteller config` shows those that hold where it is run,",
        "without their secrets, and `pgteller config --json` does so for programs.\n",
        "| variable | default | what | read by |",
        "|---|---|---|---|",
        *map(_row, ROWS),
    ]
    return "\n".join(lines) + "\n"


def _row(setting: Setting) -> str:
    about = setting.about
    if setting.kind is not TEXT and not setting.kind.secret:
        about += f" {setting.kind.expected[0].upper()}{setting.kind.expected[1:]}."
    default = "; ".join(
        filter(None, [setting.default and f"`{setting.default}`", setting.otherwise])
    )
    return f"| `{setting.name}` | {default} | {about} | {setting.readers} |"
