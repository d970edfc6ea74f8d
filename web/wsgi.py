"""What a WSGI server loads: `granian --interface wsgi web.wsgi:app`."""

import os
import sys

from web import create_app, db, statement_pdf

if not os.environ.get("DATABASE_URL"):
    sys.exit(
        "Set DATABASE_URL. For the bank that `make run` keeps:\n"
        "  export DATABASE_URL=$(.venv/bin/python -m dev.postgres url)"
    )
app = create_app()
if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # a server, and no command such as `verify`
    statement_pdf.require_font()
    db.require_sound(app)
