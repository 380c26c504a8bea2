"""Collects the facts of an ethics audit from the database and the settings in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from statistics import median
from typing import Any

from . import __version__
from .keeping import policy_in_force
from .model import Installation
from .people import People
from .privacy import audit
from .privacy.fairness import fairness_table
from .privacy.policy import held_labels
from .privacy.purpose import intended_purpose
from .providers.base import OAuth
from .proving import Proving, Verdict
from .scoring.engine import Engine
from .scoring.lexicon_files import supported
from .scoring.rubric import Rubric
from .settings import Settings
from .store import Store
from .store.disputes import CORRECTED, OPEN, UPHELD
from .store.policies import StoredPolicy
from .suppression import suppression

LIMITS = (
    "Irony, things said elsewhere and unusual wording are often missed.",
    "Only the written words are read; what a reply did for the customer is not known.",
)


@dataclass(frozen=True, slots=True)
class Auditing:
    """Audits one installation; nothing is changed and nothing is called."""

    installation: Installation
    store: Store
    people: People
    proving: Proving
    settings: Settings
    engine: Engine
    oauth: OAuth | None

    def document(self, now: datetime) -> dict[str, Any]:
        """The audit as JSON."""
        return audit.document(self.facts(), self._moment(now))

    def facts(self) -> dict[str, Any]:
        """Everything that does not depend on when somebody asks."""
        name = self.installation.name
        return {
            "format": audit.FORMAT,
            "product": {"version": __version__, "ruleset": self.engine.ruleset},
            "installation": self._installation(),
            "intended_purpose": _purpose(),
            "settings": self._settings(),
            "scopes": self._scopes(),
            "policy": self._policy(),
            "opt_outs": self._opt_outs(),
            "retention": self._retention(self.proving.verify(name)),
            "accesses": self._accesses(),
            "person_level": self._person_level(),
            "disputes": self._disputes(),
            "aggregates": suppression(self.store.scored_replies(name)),
            "fairness": _fairness(self.engine),
            "languages": self._languages(),
            "model": _model(self.engine.rubric),
            "ai_act": self._ai_act(),
        }

    def _moment(self, now: datetime) -> dict[str, Any]:
        name = self.installation.name
        holds = self.store.legal_holds(name)
        held = held_labels(holds, now)
        return {
            "asked_at": _at(now),
            "texts_past_due": self.store.due_count(name, now, held),
            "legal_holds_in_force": sum(each.begins_at <= now < each.ends_at for each in holds),
            "figures_about_single_people_allowed": self.people.may_show(name, now),
            "synced_through_at": _at(self.installation.synced_through_at),
        }

    def _installation(self) -> dict[str, Any]:
        each = self.installation
        return {
            "name": each.name,
            "provider": each.provider,
            "connected_at": _at(each.connected_at),
            "fields_accepted_at": _at(self.store.fields_accepted_at(each.name)),
            "fields": sorted(each.field_ids or {}),
        }

    def _settings(self) -> dict[str, Any]:
        return {
            "eu_strict": self.settings.eu_strict,
            "notice_has_a_contact": self.settings.notice_contact is not None,
            "notice_has_a_legal_basis": self.settings.notice_legal_basis is not None,
            "has_a_public_address": self.settings.base_url is not None,
            "master_key_is_in_the_environment": self.settings.master_key is not None,
        }

    def _scopes(self) -> list[dict[str, Any]]:
        if self.oauth is None:
            return []
        uses = self.oauth.uses
        asked = [(scope, False) for scope in self.oauth.scopes]
        asked += [(scope, True) for scope in self.oauth.optional_scopes]
        return [
            {"scope": scope, "is_optional": optional, "used_for": uses.get(scope, "not used yet")}
            for scope, optional in asked
        ]

    def _policy(self) -> dict[str, Any]:
        name = self.installation.name
        policy = policy_in_force(self.store, name)
        return {
            "in_force": {"version": policy.version, **policy.as_json()},
            "history": [_version(each) for each in self.store.policy_history(name)],
            "legal_holds": [
                {
                    "id": hold.id,
                    "covers": hold.on.partition(":")[0],
                    "begins_at": _at(hold.begins_at),
                    "ends_at": _at(hold.ends_at),
                }
                for hold in self.store.legal_holds(name)
            ],
        }

    def _opt_outs(self) -> list[dict[str, Any]]:
        # By kind, with who and when: a tag may name a customer, and an agent stands there by a digest.
        return [
            {"kind": each.label.partition(":")[0], "since": _at(each.added_at), "by": each.added_by}
            for each in self.store.opt_outs(self.installation.name)
        ]

    def _retention(self, proofs: Verdict) -> dict[str, Any]:
        purges = [each for each in proofs.entries if each.entry.get("what") == "purge"]
        return {
            "kept": [
                {"mode": each.mode, "texts": each.texts, "first_due_at": _at(each.first_due_at)}
                for each in self.store.kept_by_mode(self.installation.name)
            ],
            "last_purge_at": purges[-1].at if purges else None,
            "purges": len(purges),
            "proof": {
                "entries": len(proofs.entries),
                "is_whole": proofs.is_whole,
                "faults": list(proofs.faults),
                "head": proofs.entries[-1].hash if proofs.entries else None,
            },
        }

    def _accesses(self) -> list[dict[str, Any]]:
        return [
            {
                "role": each.role,
                "purpose": each.purpose,
                "what": each.what,
                "times": each.times,
                "records": each.records,
                "last_at": _at(each.last_at),
            }
            for each in self.store.access_counts(self.installation.name)
        ]

    def _person_level(self) -> list[dict[str, Any]]:
        return [
            {
                **record.content,
                "accepted_by": record.accepted_by,
                "accepted_at": _at(record.accepted_at),
                "expires_at": _at(record.expires_at),
                "ended_at": _at(record.ended_at),
                "ended_by": record.ended_by,
            }
            for record in self.people.records(self.installation.name)
        ]

    def _disputes(self) -> dict[str, Any]:
        found = self.store.disputes(self.installation.name)
        days = [
            (each.decided_at - each.raised_at).total_seconds() / 86_400 for each in found if each.decided_at
        ]
        counts = {
            status: sum(each.status == status for each in found) for status in (OPEN, UPHELD, CORRECTED)
        }
        return {**counts, "median_days_to_a_decision": round(median(days), 1) if days else None}

    def _languages(self) -> list[dict[str, Any]]:
        return [
            {
                "language": each.language,
                "messages": each.messages,
                "not_scored": each.not_scored,
                "share_not_scored": round(each.not_scored / each.messages, 3),
            }
            for each in self.store.language_counts(self.installation.name)
        ]

    def _ai_act(self) -> dict[str, Any]:
        records = self.people.records(self.installation.name)
        is_on = not self.settings.eu_strict and any(record.ended_at is None for record in records)
        return {
            "law": audit.AI_ACT,
            "reading": audit.FIGURES_ABOUT_PEOPLE if is_on else audit.NO_FIGURES_ABOUT_PEOPLE,
        }


def _purpose() -> dict[str, Any]:
    purpose = intended_purpose()
    return {"statement": purpose.statement, "prohibited": list(purpose.prohibited)}


def _model(rubric: Rubric) -> dict[str, Any]:
    return {
        "kind": "word lists, rules and small linear models",
        "languages": sorted(supported()),
        "preset": rubric.preset,
        "weights": dict(rubric.weights),
        "bands": {"fair_from": rubric.fair, "high_from": rubric.high},
        "limits": list(LIMITS),
    }


@cache
def _fairness(engine: Engine) -> list[dict[str, Any]]:
    return [
        {
            "group": row.group,
            "measure": row.measure,
            "pairs": row.n,
            "mean_change": row.mean_change,
            "worst_change": row.worst_change,
            "holds": row.holds,
        }
        for row in fairness_table(engine)
    ]


def _version(policy: StoredPolicy) -> dict[str, Any]:
    return {
        "version": policy.version,
        "content": dict(policy.content),
        "changed_at": _at(policy.changed_at),
        "changed_by": policy.changed_by,
        "applied_at": _at(policy.applied_at),
    }


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
