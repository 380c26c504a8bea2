"""What can be imported, and the names its columns go by in the programmes that export it.

Headers are those known of SurveyMonkey, Qualtrics, Google, Yelp, Brandwatch, Mention, Culture Amp and 15Five
exports, and plain ones; compared by letters and digits alone. Others are named with `--map`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from ...errors import Misconfigured, Unsupported


class Form(StrEnum):
    """How a column's cells are read."""

    TIME = "time"
    COUNT = "count"
    NUMBER = "number"
    ANSWER = "answer"
    """On a scale; kept as 0..100."""
    RECOMMEND = "recommend"
    """0 to 10."""
    FLAG = "flag"
    WORD = "word"
    """A short name: a team, a source, a survey."""
    TEXT = "text"
    """Somebody's words: scored, never kept."""
    CONTACT = "contact"
    """The platform's id of a contact."""
    EMAIL = "email"
    """Turned into a contact at once; never kept."""
    ID = "id"


@dataclass(frozen=True, slots=True)
class Column:
    """One field of an import; `headers` are folded names, `holds` are folded parts of a question."""

    name: str
    form: Form
    headers: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    needs_one_of: tuple[str, ...] = ()
    """Of these columns at least one must be there."""
    is_anonymous: bool = False
    """A file with names or e-mail addresses is refused."""

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((each for each in self.columns if each.name == name), None)


def folded(header: str) -> str:
    """A header without case, accents, spaces and marks."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return re.sub(r"[^a-z0-9]", "", plain)


AT = Column(
    "at",
    Form.TIME,
    (
        *("date", "enddate", "recordeddate", "datesubmitted", "submittedat", "submitted", "timestamp"),
        *("completedat", "completiondate", "responsedate", "createdat", "createtime", "reviewdate", "time"),
        *("month", "datemodified", "published", "publishedat", "publicationdate", "posteddate"),
    ),
    is_required=True,
)
ID = Column(
    "id",
    Form.ID,
    (
        *("id", "respondentid", "responseid", "submissionid", "reviewid", "mentionid", "resourceid", "url"),
        *("postid", "permalink", "uniqueid", "rowid", "link"),
    ),
)
CONTACT = Column(
    "contact",
    Form.CONTACT,
    ("contact", "contactid", "requesterid", "customerid", "externalreference", "recordid"),
)
EMAIL = Column(
    "email", Form.EMAIL, ("email", "emailaddress", "recipientemail", "requesteremail", "customeremail")
)
TEAM = Column("team", Form.WORD, ("team", "department", "group", "queue", "businessunit"))
SURVEY = Column("survey", Form.WORD, ("survey", "surveyname", "surveytitle"))
SOURCE = Column(
    "source", Form.WORD, ("source", "sourcetype", "pagetype", "site", "platform", "domain", "network")
)

CUSTOMER_SURVEY = Kind(
    "customer-survey",
    "answers of customers to a survey",
    (
        AT,
        ID,
        CONTACT,
        EMAIL,
        SURVEY,
        TEAM,
        Column("conversation", Form.ID, ("conversation", "conversationid", "ticket", "ticketid", "caseid")),
        Column("handler", Form.WORD, ("handler", "handledby")),
        Column("recommend", Form.RECOMMEND, ("nps", "recommend", "npsscore"), ("recommend",)),
        Column("understood", Form.ANSWER, ("understood",), ("understandyourneeds", "understoodyourneeds")),
        Column("valued", Form.ANSWER, ("valued",), ("feelvalued", "feltvalued")),
        Column("understood_needs", Form.ANSWER, ("understoodneeds",), ("understoodmyneeds",)),
        Column("supported_decision", Form.ANSWER, ("supporteddecision",), ("supportedmydecision",)),
        Column("authentic", Form.ANSWER, ("authentic", "authenticity"), ("genuine", "authentic", "honest")),
        Column(
            "personalised", Form.ANSWER, ("personalised", "personalized"), ("personalised", "personalized")
        ),
        Column(
            "satisfaction", Form.ANSWER, ("csat", "satisfaction", "rating"), ("howsatisfied", "satisfiedwere")
        ),
        Column(
            "comment",
            Form.TEXT,
            ("comment", "comments", "feedback", "openendedresponse", "remarks"),
            ("anythingelse", "tellusmore", "whydidyou", "comments"),
        ),
    ),
    needs_one_of=(
        *("recommend", "understood", "valued", "understood_needs", "supported_decision", "authentic"),
        *("personalised", "satisfaction", "comment"),
    ),
)
REVIEW = Kind(
    "review",
    "reviews on Google, Yelp and the like",
    (
        AT,
        ID,
        SOURCE,
        Column("rating", Form.ANSWER, ("rating", "stars", "starrating", "score")),
        Column(
            "text",
            Form.TEXT,
            ("text", "review", "reviewtext", "comment", "content", "reviewcontent", "body"),
            is_required=True,
        ),
    ),
)
BRAND_MENTION = Kind(
    "brand-mention",
    "mentions in public that Brandwatch, Mention or the like collected",
    (
        AT,
        ID,
        SOURCE,
        Column(
            "text",
            Form.TEXT,
            ("text", "fulltext", "snippet", "description", "content", "mention", "message"),
            is_required=True,
        ),
    ),
)
EMPLOYEE_SURVEY = Kind(
    "employee-survey",
    "anonymous answers of people on our side, or figures of whole teams",
    (
        AT,
        Column("id", Form.ID, ("responseid", "respondentid", "submissionid")),
        SURVEY,
        Column("team", Form.WORD, TEAM.headers, is_required=True),
        Column("question", Form.WORD, ("question", "questiontext", "item", "statement", "factor")),
        Column("score", Form.NUMBER, ("score", "favorable", "favourable", "averagescore", "favorablescore")),
        Column("responses", Form.COUNT, ("responses", "n", "count", "respondents", "numberofresponses")),
        Column("collaboration", Form.ANSWER, ("collaboration",), ("workswelltogether", "collaborat")),
        Column("communication", Form.ANSWER, ("communication",), ("communicat",)),
        Column("mutual_understanding", Form.ANSWER, ("mutualunderstanding",), ("understandeachother",)),
        Column(
            "manager_support", Form.ANSWER, ("managersupport",), ("mymanagersupports", "supportedbymymanager")
        ),
        Column("leaders_listen", Form.ANSWER, ("leaderslisten",), ("leaderslisten", "leadershiplistens")),
        Column("environment", Form.ANSWER, ("environment", "workenvironment"), ("workenvironment",)),
        Column("open_communication", Form.ANSWER, ("opencommunication",), ("speakopenly", "sayopenly")),
        Column("cheerful", Form.ANSWER, ("cheerful",), ("cheerful",)),
        Column("calm", Form.ANSWER, ("calm",), ("calmandrelaxed",)),
        Column("active", Form.ANSWER, ("active",), ("activeandvigorous",)),
        Column("rested", Form.ANSWER, ("rested",), ("freshandrested",)),
        Column("interested", Form.ANSWER, ("interested",), ("thingsthatinterest",)),
        Column("felt_respected", Form.ANSWER, ("feltrespected",), ("feltrespected", "feelrespected")),
        Column("felt_watched", Form.ANSWER, ("feltwatched",), ("feltwatched", "feelwatched")),
    ),
    is_anonymous=True,
)
POST = Kind(
    "post",
    "posts of our own and how often they were reacted to",
    (
        AT,
        ID,
        Column("impressions", Form.COUNT, ("impressions", "reach", "views"), is_required=True),
        Column("likes", Form.COUNT, ("likes", "reactions", "favorites"), is_required=True),
        Column("shares", Form.COUNT, ("shares", "retweets", "reposts"), is_required=True),
        Column("comments", Form.COUNT, ("comments", "replies"), is_required=True),
        Column("is_empathetic", Form.FLAG, ("isempathetic", "empathyfocused", "empathy")),
        Column("text", Form.TEXT, ("text", "message", "post", "caption", "content", "posttext")),
    ),
    needs_one_of=("is_empathetic", "text"),
)
SUBSCRIPTION = Kind(
    "subscription",
    "since when a customer has been one, and until when",
    (
        CONTACT,
        EMAIL,
        Column(
            "started_at",
            Form.TIME,
            ("startedat", "start", "startdate", "since", "signupdate"),
            is_required=True,
        ),
        Column(
            "ended_at", Form.TIME, ("endedat", "end", "enddate", "cancelledat", "canceledat", "churndate")
        ),
        Column("monthly_margin", Form.NUMBER, ("monthlymargin", "margin", "mrr", "monthlyrevenue")),
    ),
    needs_one_of=("contact", "email"),
)
HEADCOUNT = Kind(
    "headcount",
    "how many people a team had, and how many left",
    (
        AT,
        Column("team", Form.WORD, TEAM.headers, is_required=True),
        Column(
            "at_start",
            Form.COUNT,
            ("atstart", "startheadcount", "headcountstart", "opening"),
            is_required=True,
        ),
        Column("at_end", Form.COUNT, ("atend", "endheadcount", "headcountend", "closing"), is_required=True),
        Column(
            "separations", Form.COUNT, ("separations", "leavers", "left", "terminations"), is_required=True
        ),
    ),
    is_anonymous=True,
)
REFERRAL = Kind(
    "referral",
    "customers who came because another recommended us",
    (AT, ID, CONTACT, EMAIL),
    needs_one_of=("contact", "email"),
)

KINDS = (
    CUSTOMER_SURVEY,
    REVIEW,
    BRAND_MENTION,
    EMPLOYEE_SURVEY,
    POST,
    SUBSCRIPTION,
    HEADCOUNT,
    REFERRAL,
)

REFUSED = {
    "performance-review": (
        "Reviews of single people are not taken: empathy is measured to help people, not to rank them, "
        "and such scores must not decide about anybody's work (AI Act, annex III 4 b)."
    ),
    "candidate": (
        "Files about job candidates are not taken: scoring them would be a high-risk use that this "
        "product is not made for (AI Act, annex III 4 a)."
    ),
    "voice": (
        "Recordings of voices are not taken: reading emotions from a voice is intrusive and unreliable, "
        "and at work forbidden in the European Union (AI Act, article 5)."
    ),
    "face": (
        "Pictures of faces are not taken: reading emotions from them is intrusive and unreliable, "
        "and at work forbidden in the European Union (AI Act, article 5)."
    ),
    "physiological": (
        "Body signals are not taken: reading emotions from them is intrusive and unreliable, "
        "and at work forbidden in the European Union (AI Act, article 5)."
    ),
}
_ALIASES = {
    "performance-reviews": "performance-review",
    "candidates": "candidate",
    "applicant": "candidate",
    "audio": "voice",
    "video": "face",
    "heart-rate": "physiological",
}


def kind_named(name: str) -> Kind:
    """The kind of that name. Raises Unsupported saying why one is refused, else Misconfigured."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    if reason := REFUSED.get(_ALIASES.get(name, name)):
        raise Unsupported(reason)
    names = ", ".join(kind.name for kind in KINDS)
    raise Misconfigured(f'Files of the kind "{name}" are not known; choose one of: {names}.')
