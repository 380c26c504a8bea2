"""The public page that explains the scoring of one account, in English and German."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from ..privacy.purpose import LANGUAGES
from .access import for_anybody, the_connector

notice = Blueprint("notice", __name__)

LANGUAGE_NAMES = {"en": "English", "de": "Deutsch"}


@notice.get("/notice/<path:name>")
@for_anybody
def notice_page(name: str) -> str:
    """What the settings in force mean for the people concerned; `?language=` overrides the browser's."""
    app = the_connector()
    if app.store.installation(name) is None:
        abort(404)
    asked = request.args.get("language")
    language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"
    return render_template(
        "notice.html",
        notice=app.notice(name, language),
        others=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES if code != language],
        name=name,
    )
