"""What a spam filter says of the letters themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.words.language import N_, _, decimal, ngettext, translate
from merge.words.statuses import and_more, labelled

if TYPE_CHECKING:
    from merge.app.arrival import ScoredLetter, SpamCheck
    from merge.mail.spam import Rule, Score

REASONS_SHOWN = 5
_FROM = 0.1
"""Points below which a rule is there for information, as SpamAssassin has it."""

_FAILURES: Mapping[str, str] = {
    "time": N_("it took too long"),
    "memory": N_("it took too much memory"),
    "rubbish": N_("its answer cannot be understood"),
    "crash": N_("it ended with an error ({detail})"),
}

RULES: Mapping[str, str] = {
    "BODY_URI_ONLY": N_("there is hardly more than a link"),
    "DEAR_FRIEND": N_("it says “Dear friend”"),
    "DEAR_SOMETHING": N_("it says “Dear Sir” or the like"),
    "DRUGS_DIET": N_("it names a slimming drug"),
    "DRUGS_ERECTILE": N_("it names a drug for potency"),
    "DRUG_ED_CAPS": N_("it names a drug for potency in capitals"),
    "EMPTY_MESSAGE": N_("there is no text"),
    "FREEMAIL_FORGED_REPLYTO": N_("answers go to a free mailbox, and the sender's is none"),
    "FREEMAIL_REPLY": N_("the text names another free mailbox than the sender's"),
    "FREEMAIL_REPLYTO": N_("answers go to another free mailbox than the sender's"),
    "FREEMAIL_REPLYTO_END_DIGIT": N_("answers go to a free mailbox whose name ends with a digit"),
    "FROM_DOMAIN_NOVOWEL": N_("the sender's domain has many consonants in a row"),
    "FROM_LOCAL_NOVOWEL": N_("the sender's address has many consonants in a row"),
    "FROM_STARTS_WITH_NUMS": N_("the sender's address begins with digits"),
    "FROM_SUSPICIOUS_NTLD": N_("the sender's address ends as those of spam often do"),
    "GAPPY_SUBJECT": N_("the subject has s p a c e s between its letters"),
    "HTML_FONT_LOW_CONTRAST": N_("some text can hardly be told from its background"),
    "HTML_IMAGE_ONLY": N_("there are pictures, and little text"),
    "HTML_OBFUSCATE": N_("words are cut up by HTML"),
    "HTML_SHORT_LINK_IMG": N_("there is little but a picture with a link"),
    "HTML_TEXT_INVISIBLE_FONT": N_("some text cannot be seen"),
    "HTTPS_HTTP_MISMATCH": N_("a link shows one address and leads to another"),
    "LONGWORDS": N_("there are many long words in a row"),
    "MIME_HTML_MOSTLY": N_("the HTML is much longer than the text"),
    "MISSING_SUBJECT": N_("it has no subject"),
    "MONEY_BACK": N_("it promises one's money back"),
    "MPART_ALT_DIFF": N_("the HTML and the text beside it say different things"),
    "MPART_ALT_DIFF_COUNT": N_("the HTML and the text beside it say different things"),
    "NORMAL_HTTP_TO_IP": N_("a link leads to a number in place of a name"),
    "PDS_OTHER_BAD_TLD": N_("a link ends as those of spam often do"),
    "PLING_QUERY": N_("the subject has an exclamation mark and a question mark"),
    "SUBJ_ALL_CAPS": N_("the subject is in capitals"),
    "TO_NO_BRKTS_HTML_IMG": N_("there is one picture, and no name before the recipient's address"),
    "UPPERCASE": N_("most of the text is in capitals"),
    "URG_BIZ": N_("it says that it is urgent"),
    "URI_HEX": N_("a link has a long number in it"),
    "URI_NOVOWEL": N_("the name in a link has many consonants in a row"),
}
"""What rules say that a letter may meet, without the numbers that their names end with. The others
are told in SpamAssassin's own English.
"""


def scored(found: SpamCheck, communes: Mapping[str, str]) -> Iterator[str]:
    """What each variant gets, the worst first, and why; `communes` by key."""
    if found.scored:
        yield _(
            "Will they be taken for spam? By SpamAssassin, which has read the letters on this "
            "computer and asked nobody (from a score of {threshold} on it is spam; what the "
            "filters of receivers know of your server cannot be known from here):"
        ).format(threshold=decimal(found.scored[0].score.threshold))
    alike: dict[str, list[ScoredLetter]] = {}
    for each in sorted(found.scored, key=lambda each: -each.score.points):
        alike.setdefault(_verdict(each.score), []).append(each)
    for verdict, those in alike.items():
        yield f"- {labelled(_whose(those, communes), verdict)}"
    if found.failure:
        why = translate(_FAILURES[found.failure]).format(detail=found.detail)
        yield _("SpamAssassin has not read all of the letters: {why}.").format(why=why)
    elif len(found.scored) < found.variants:
        yield ngettext(
            "It has read one letter of the commonest variant, of {of}.",
            "It has read one letter of each of the {n} commonest variants, of {of}.",
            len(found.scored),
        ).format(n=len(found.scored), of=found.variants)


def _whose(those: Sequence[ScoredLetter], communes: Mapping[str, str]) -> str:
    n = sum(each.letters for each in those)
    key = those[0].key
    return ngettext(
        "the letter to {name} ({key})",
        "{n} letters, among them the one to {name} ({key})",
        n,
    ).format(n=n, name=communes[key], key=key)


def _verdict(score: Score) -> str:
    points = decimal(round(score.points, 1) + 0.0)  # no -0
    is_spam = score.points >= score.threshold
    said = (_("score {points}, spam") if is_spam else _("score {points}")).format(points=points)
    rules = sorted((each for each in score.rules if each.points >= _FROM), key=_weight)
    if not rules:
        return f"{said}."
    reasons = [_of_rule(each) for each in rules[:REASONS_SHOWN]]
    if len(rules) > REASONS_SHOWN:
        reasons.append(and_more(len(rules) - REASONS_SHOWN))
    return _("{score}, because {reasons}.").format(score=said, reasons=_("; ").join(reasons))


def _weight(rule: Rule) -> float:
    return -rule.points


def _of_rule(rule: Rule) -> str:
    known = RULES.get(re.sub(r"(?:_\d+)+$", "", rule.name))
    said = translate(known) if known else _("“{text}”").format(text=rule.says or rule.name)
    return f"{said} ({decimal(round(rule.points, 1))})"
