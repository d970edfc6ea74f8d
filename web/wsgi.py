"""What a WSGI server loads: `granian --interface wsgi web.wsgi:app`."""

from web import create_app, db, settings, statement_pdf

app = create_app()
if settings.text("FLASK_RUN_FROM_CLI", "") != "true":  # a server, and no command such as `verify`
    statement_pdf.require_font()
    db.require_sound(app)
