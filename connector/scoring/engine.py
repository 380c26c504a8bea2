"""Scores messages and conversations; pure: no clock, no settings, no network, no store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..model import ContactPast, ConversationScore, Evidence, Message, MessageScore, Role, Status
from . import conversation, reasons
from .automated import automated_reason
from .canned import ReplyMemory, word_groups
from .empathy import Reading, read_reply
from .language import detect, is_short
from .lexicon_files import files_digest, supported
from .look import PROGRAM, Look
from .rubric import Rubric, default_rubric
from .sentiment import Feeling, is_wordless, read_customer
from .text import Prepared, prepare

VERSION = "8"
"""Raised whenever code changes what a score would be."""


class Engine:
    """The default engine: lexicons, rules and small linear models, under one rubric."""

    def __init__(self, rubric: Rubric | None = None) -> None:
        self.rubric = default_rubric() if rubric is None else rubric
        self.ruleset = (
            f"en{VERSION}-{files_digest()}-{self.rubric.preset}{self.rubric.version}-{self.rubric.digest()}"
        )

    def score_message(
        self, message: Message, *, replying_to: str | None = None, memory: ReplyMemory | None = None
    ) -> MessageScore:
        """Score one message; `replying_to` is the customer text (or HTML) that a reply answers."""
        if message.role is Role.CUSTOMER:
            return self.read_customer(message)[0]
        text = prepare(replying_to).text if replying_to else ""
        answered = _in_its_language(text) if text else None
        feeling = read_customer(answered) if answered else None
        return self.score_in_context(message, answered=answered, feeling=feeling, memory=memory)

    def read_customer(self, message: Message) -> tuple[MessageScore, Feeling | None]:
        """The score of a customer message, and the feeling behind it where it could be read."""
        prepared = prepare(message.body, is_html=message.is_html)
        look = Look(prepared.text)
        reason, language = self._gate(message, prepared, look)
        if reason == "language" and language is None and is_wordless(look):
            reason = None
        if reason is not None:
            return self._absent(message, reason, language, prepared.text), None
        feeling = read_customer(look.in_language(language))
        return self._customer(message, feeling, language, prepared), feeling

    def score_conversation(
        self,
        conversation_id: str,
        messages: Sequence[Message],
        *,
        past: ContactPast | None = None,
        memory: ReplyMemory | None = None,
    ) -> ConversationScore:
        """Score a conversation: its messages in order, each reply in the light of what it answers."""
        return conversation.score(self, conversation_id, messages, past=past, memory=memory)

    def _gate(self, message: Message, prepared: Prepared, look: Look) -> tuple[str | None, str | None]:
        """(why it is not scored or None, language)."""
        if message.is_opted_out:
            return "opted_out", None
        if automated_reason(
            prepared.text,
            role=message.role,
            is_automated=message.is_automated,
            may_be=bool(look.any_flag & PROGRAM),
        ):
            return "automated", None
        if not message.is_public:
            return "private", None
        if prepared.is_empty:
            return "empty", None
        language = message.language.lower()[:2] if message.language else detect(prepared.text, look.loose)
        return (None if language in supported() else "language"), language

    def _absent(self, message: Message, reason: str, language: str | None, text: str) -> MessageScore:
        is_agent = message.role is Role.AGENT
        return MessageScore(
            id=message.id,
            role=message.role,
            status=Status.NOT_SCORED,
            reason=reason,
            reason_text=reasons.not_scored(reason, language=language),
            language=language,
            sentiment=None,
            frustration=None,
            intensity=None,
            empathy=None,
            band=Status.NOT_SCORED.value if is_agent else None,
            dimensions=None,
            dismissive=None,
            canned=None,
            evidence=None,
            ruleset=self.ruleset,
            text_used=text,
            sent_at=message.sent_at,
            author_id=message.author_id,
        )

    def _customer(
        self, message: Message, feeling: Feeling, language: str | None, prepared: Prepared
    ) -> MessageScore:
        return MessageScore(
            id=message.id,
            role=message.role,
            status=Status.SCORED,
            reason=None,
            reason_text=reasons.of_customer(feeling.sentiment, feeling.frustration),
            language=language,
            sentiment=feeling.sentiment,
            frustration=feeling.frustration,
            intensity=feeling.intensity,
            empathy=None,
            band=None,
            dimensions=None,
            dismissive=None,
            canned=None,
            evidence=_evidence(message.id, feeling.found, prepared),
            ruleset=self.ruleset,
            text_used=prepared.text,
            sent_at=message.sent_at,
            author_id=message.author_id,
        )

    def _reply(
        self,
        message: Message,
        prepared: Prepared,
        look: Look,
        language: str | None,
        answered: Look | None,
        feeling: Feeling | None,
        memory: ReplyMemory | None,
    ) -> MessageScore:
        reading = read_reply(look, self.rubric, answered=answered, feeling=feeling)
        canned = False
        if memory is not None and message.author_id is not None:
            groups = word_groups(prepared.text, memory.key)
            canned = memory.copies(message.author_id, message.id, groups) >= self.rubric.factors["similar"]
        is_called_for = feeling.opportunity > 0 if feeling is not None else reading.speaks_of_trouble
        left = self.rubric.factors["canned"] if canned else 1.0
        empathy = round(reading.points * left)
        status = Status.SCORED if is_called_for else Status.NOT_APPLICABLE
        return MessageScore(
            id=message.id,
            role=message.role,
            status=status,
            reason=None if is_called_for else "no_opportunity",
            reason_text=_reply_reason(reading, canned=canned)
            if is_called_for
            else reasons.not_scored("no_opportunity"),
            language=language,
            sentiment=None,
            frustration=None,
            intensity=None,
            empathy=empathy if is_called_for else None,
            band=self.rubric.band(empathy) if is_called_for else status.value,
            dimensions=reading.dimensions,
            dismissive=reading.dismissive,
            canned=canned,
            evidence=_evidence(message.id, reading.found, prepared, share=left),
            ruleset=self.ruleset,
            text_used=prepared.text,
            sent_at=message.sent_at,
            author_id=message.author_id,
        )

    def score_in_context(
        self,
        message: Message,
        *,
        answered: Look | None,
        feeling: Feeling | None,
        memory: ReplyMemory | None,
    ) -> MessageScore:
        """Score a reply to a customer text that was prepared and read before."""
        prepared = prepare(message.body, is_html=message.is_html)
        look = Look(prepared.text)
        reason, language = self._gate(message, prepared, look)
        if reason == "language" and language is None and is_short(prepared.text):
            language = (
                detect(answered.text) if answered else None
            )  # "At nine." is in the language of the question
            reason = None if language in supported() else reason
        if reason is not None:
            return self._absent(message, reason, language, prepared.text)
        return self._reply(
            message,
            prepared,
            look.in_language(language),
            language,
            answered=answered,
            feeling=feeling,
            memory=memory,
        )


@cache
def default_engine() -> Engine:
    """The engine under the rubric that comes with the product."""
    return Engine()


def _in_its_language(text: str) -> Look:
    """A text that came without a word about its language."""
    look = Look(text)
    if len(supported()) > 1 and (language := detect(text, look.loose)) in supported():
        return look.in_language(language)
    return look


def _reply_reason(reading: Reading, *, canned: bool) -> str:
    return reasons.of_reply(
        reading.dimensions,
        dismissive=reading.dismissive,
        canned=canned,
        missed="missed" in reading.rules,
        stock="stock" in reading.rules and reading.dimensions["interpretation"] < 2,
    )


def _evidence(
    message_id: str,
    found: Sequence[tuple[int, int, str, float]],
    prepared: Prepared,
    *,
    share: float = 1.0,
) -> tuple[Evidence, ...]:
    evidence = []
    for start, end, rule, points in sorted(found):
        body = prepared.body_span(start, end)
        evidence.append(
            Evidence(
                start=start,
                end=end,
                rule=rule,
                points=round(points * share, 2),
                message_id=message_id,
                body_start=body[0] if body else None,
                body_end=body[1] if body else None,
            )
        )
    return tuple(evidence)
