"""What a web server loads: `granian --interface rsgi pgteller.shell.wsgi:front`.

Any WSGI server can have `app`; what `front` does, it is to do by itself.
"""

from pgteller.shell import loading, sharing

loading.heed_signals()
sharing.begin()

from pgteller.shell import create_app, db, draining  # noqa: E402
from pgteller.shell.front import Front  # noqa: E402
from pgteller.statements import pdf  # noqa: E402

draining.listen()
app = create_app()
pdf.require_font()
db.require_fit(app)
front = Front(app)
