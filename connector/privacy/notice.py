"""The public notice: what is scored, how, what for, what is kept, and whom to ask; from the live settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from .policy import Mode, Policy
from .purpose import intended_purpose

PLATFORMS: Final = {"zendesk": "Zendesk", "hubspot": "HubSpot"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the notice says of one account; no text, no person, no secret."""

    installation: str
    provider: str
    policy: Policy
    has_holds: bool
    languages: tuple[str, ...]
    """Codes of the languages that can be scored."""
    fields: tuple[str, ...]
    """Titles of the fields in use."""
    has_contact_fields: bool
    ruleset: str
    fair: int
    """Where the band above `low` begins."""
    high: int
    people_purpose: str | None = None
    """What figures about single people are switched on for; None while they are off."""
    people_until: datetime | None = None
    contact: str | None = None
    legal_basis: str | None = None
    url: str | None = None
    """Where the notice can be read, when there is a public address."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its paragraphs, then a list where there is one."""

    id: str
    heading: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """The whole notice in one language."""

    language: str
    title: str
    lead: str
    sections: tuple[Section, ...]

    def as_text(self) -> str:
        """The notice on a terminal: headings underlined, one paragraph a line."""
        lines = [self.title, "=" * len(self.title), "", self.lead]
        for section in self.sections:
            lines += ["", section.heading, "-" * len(section.heading), *section.paragraphs]
            lines += [f"- {point}" for point in section.points]
        return "\n".join(lines)


def notice(facts: Facts, language: str) -> Notice:
    """The notice about `facts` in one of `purpose.LANGUAGES`."""
    said = _words(language)
    platform = PLATFORMS.get(facts.provider, said["local"])
    lead = said["lead"].format(installation=facts.installation, platform=platform)
    sections = (
        Section("about", said["about"]["heading"], tuple(_about(facts, said))),
        Section("logic", said["logic"]["heading"], tuple(_logic(facts, said))),
        _purpose(said, language),
        Section("retention", said["retention"]["heading"], tuple(_retention(facts, said))),
        Section("recipients", said["recipients"]["heading"], tuple(_recipients(facts, said))),
        Section("decisions", said["decisions"]["heading"], (said["decisions"]["none"],)),
        Section("rights", said["rights"]["heading"], (), tuple(_rights(said))),
        Section("contact", said["contact"]["heading"], tuple(_contact(facts, said))),
        Section("auto_reply", said["auto_reply"]["heading"], (_auto_reply(facts, said),)),
        Section("staff", said["staff"]["heading"], (_staff(facts, said),)),
    )
    return Notice(language, said["title"], lead, sections)


def _about(facts: Facts, said: Mapping[str, Any]) -> list[str]:
    words = said["about"]
    languages = _listed([said["languages"].get(code, code) for code in facts.languages], said)
    told = [words["what"], words["left_out"].format(languages=languages)]
    told += [words["made"].format(fields=", ".join(facts.fields))] if facts.fields else []
    return told + ([words["contact"]] if facts.has_contact_fields else [])


def _logic(facts: Facts, said: Mapping[str, Any]) -> list[str]:
    words = said["logic"]
    return [
        words["rules"],
        words["scale"].format(fair=facts.fair, high=facts.high),
        words["same"].format(ruleset=facts.ruleset),
        words["limits"],
    ]


def _purpose(said: Mapping[str, Any], language: str) -> Section:
    purpose = intended_purpose(language)
    paragraphs = purpose.statement, purpose.not_for
    return Section("purpose", said["purpose"]["heading"], paragraphs, purpose.prohibited)


def _retention(facts: Facts, said: Mapping[str, Any]) -> list[str]:
    words, retention = said["retention"], facts.policy.retention
    told = [words[str(retention.mode)].format(keep=_length(retention.keep, said))]
    told += [words["overrides"]] if facts.policy.overrides else []
    told += [words["holds"]] if facts.has_holds else []
    return [*told, words["numbers"].format(platform=PLATFORMS.get(facts.provider, said["its_own"]))]


def _recipients(facts: Facts, said: Mapping[str, Any]) -> list[str]:
    words = said["recipients"]
    return [words["team"], words["maker"], _people(facts, said)]


def _people(facts: Facts, said: Mapping[str, Any]) -> str:
    words = said["recipients"]
    if facts.people_purpose is None or facts.people_until is None:
        return str(words["people_off"])
    purpose = said["purposes"][facts.people_purpose]
    return str(words["people_on"].format(purpose=purpose, until=facts.people_until.date().isoformat()))


def _rights(said: Mapping[str, Any]) -> list[str]:
    words = said["rights"]
    return [words["customers"], words["object"], words["team"], words["authority"]]


def _contact(facts: Facts, said: Mapping[str, Any]) -> list[str]:
    words = said["contact"]
    return [
        words["known"].format(contact=facts.contact) if facts.contact else words["unknown"],
        words["basis_known"].format(basis=facts.legal_basis) if facts.legal_basis else words["basis_unknown"],
        words["source"],
    ]


def _auto_reply(facts: Facts, said: Mapping[str, Any]) -> str:
    words, retention = said["auto_reply"], facts.policy.retention
    kept = words["kept_drop"]
    if retention.mode is not Mode.DROP:
        kept = words["kept_for"].format(keep=_length(retention.keep, said))
    more = [words["more"].format(url=facts.url)] if facts.url else []
    return " ".join([words["text"].format(kept=kept), *more])


def _staff(facts: Facts, said: Mapping[str, Any]) -> str:
    return str(said["staff"]["text"].format(people=_people(facts, said)))


def _length(keep: timedelta, said: Mapping[str, Any]) -> str:
    """A length of time in whole days, or in hours where it has none."""
    whole_days = keep.days if keep == timedelta(days=keep.days) else 0
    number = whole_days or -(-int(keep.total_seconds()) // 3600)
    singular, plural = said["days" if whole_days else "hours"]
    return str((singular if number == 1 else plural).format(n=number))


def _listed(names: Sequence[str], said: Mapping[str, Any]) -> str:
    if len(names) < 2:
        return names[0] if names else str(said["none"])
    return f"{', '.join(names[:-1])} {said['and']} {names[-1]}"


@cache
def _words(language: str) -> Mapping[str, Any]:
    folder = files(__package__).joinpath("notices")
    return tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
