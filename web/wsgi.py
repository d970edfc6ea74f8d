"""What a WSGI server loads: `granian --interface wsgi web.wsgi:app`."""

from web import create_app

app = create_app()
