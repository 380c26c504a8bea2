"""The web application, for a WSGI server: `gunicorn app:app`."""

from connector.web import create_app

app = create_app()
