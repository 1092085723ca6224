"""`python -m roomstage` is `roomstage`."""

from roomstage.cli.main import app

app()
