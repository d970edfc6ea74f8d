"""What a WSGI server loads: `granian --interface wsgi pgteller.shell.wsgi:app`."""

from pgteller.shell import create_app, db
from pgteller.statements import pdf

app = create_app()
pdf.require_font()
db.require_fit(app)
