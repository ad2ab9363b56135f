"""How much a message looks like spam: the one door to SpamAssassin, which reads it offline.

Its Perl modules are called and not its command: that one writes each message into /tmp and its
state into the home of whoever calls it, and learns from what it reads. Only those of its plugins
are loaded that look at the message itself, whatever the system's own settings want asked over the
network; and the helper that it runs in has none, and can write no file. So nothing of a letter
leaves this computer or comes to its disk, and a score hangs on the message and the rules alone.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from subprocess import PIPE
from typing import Literal

from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import rebuilt

TIME_S = 60
"""For all messages: to read the rules takes a second or two, and each message a quarter of one."""

_LIMITS = Limits(cpu_s=TIME_S, memory=1024 * MEBIBYTE, wall_s=TIME_S + 30)

_ENVIRONMENT = {
    "LC_ALL": "C",
    "TMPDIR": "/nonexistent",  # else it puts attachments there; so they stay in its memory
}

_OF_THE_ROUTE = re.compile("RCVD|RECEIVED|RELAY|RDNS|HELO|_MX|SPF|DKIM")
"""Names of rules about servers that a message has not passed yet."""

_PROGRAM = r"""
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;

my @plugins = qw(Check BodyEval FreeMail HTMLEval HTTPSMismatch HeaderEval ImageInfo MIMEEval
    MIMEHeader RelayEval ReplaceTags URIDetail URIEval WLBLEval);
my $filter = Mail::SpamAssassin->new({
    local_tests_only => 1,
    require_rules => 1,
    dont_copy_prefs => 1,
    skip_prng_reseeding => 1,              # or it tries whether it can write at home
    site_rules_filename => '/nonexistent', # no settings of the system
    pre_config_text => join('', map { "loadplugin Mail::SpamAssassin::Plugin::$_\n" } @plugins),
});
$filter->init(0);                          # nor of the user
binmode STDIN;
$| = 1;
while (defined(my $size = <STDIN>)) {
    read(STDIN, my $message, $size) == $size or die "cut off\n";
    my $mail = $filter->parse(\$message, 1);
    my $status = $filter->check($mail);
    my $hits = $status->get_names_of_tests_hit_with_scores_hash;
    my @rules = map {
        [$_, $hits->{$_} + 0, $filter->{conf}->get_description_for_rule($_) // '']
    } sort keys %$hits;
    print encode_json([$status->get_score + 0, $status->get_required_score + 0, \@rules]), "\n";
    $status->finish;
    $mail->finish;
}
"""

Failure = Literal["", "time", "memory", "crash", "rubbish"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a message meets, and its points; what it `says` is SpamAssassin's English."""

    name: str
    points: float
    says: str


@dataclass(frozen=True, slots=True)
class Score:
    """What one message gets, and how many points make spam.

    Without rules about the servers that it will pass: those cannot be known before.
    """

    points: float
    threshold: float
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Of the messages in their order; of the first of them alone where it failed.

    `detail` is what Perl said last.
    """

    scores: Sequence[Score]
    failure: Failure = ""
    detail: str = ""


def is_installed() -> bool:
    """Whether it can be asked here."""
    return shutil.which("spamassassin") is not None


def scores(messages: Sequence[bytes], *, time_s: float = TIME_S) -> Scores:
    """What SpamAssassin says of these within this time."""
    perl = shutil.which("perl") or "perl"
    try:
        failure, said, detail = helpers.run(partial(_asked, perl, messages, time_s), _LIMITS)
    except RanAway as ran:
        failure = ran.limit if ran.limit in ("time", "memory") else "crash"
        said, detail = "", ran.detail or ran.limit
    found: list[Score] = []
    for line in said.split("\n")[:-1]:
        try:
            found.append(_of_the_message(rebuilt(Score, json.loads(line))))
        except (ValueError, RecursionError):
            return Scores(scores=found, failure="rubbish")
    if not failure and len(found) != len(messages):
        failure = "rubbish"
    return Scores(scores=found, failure=failure, detail=detail)


def _asked(perl: str, messages: Sequence[bytes], time_s: float) -> tuple[str, str, str]:
    """What failed, what Perl said, and what it complained of last; in a helper."""
    question = b"".join(part for each in messages for part in (b"%d\n" % len(each), each))
    with subprocess.Popen(  # noqa: S603 - no word of it is a stranger's
        [perl, "-e", _PROGRAM], stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_ENVIRONMENT
    ) as process:
        failure = ""
        try:
            said, talk = process.communicate(question, timeout=time_s)
        except subprocess.TimeoutExpired:
            failure = "time"
            process.kill()
            said, talk = process.communicate()
    answer = said.decode(errors="replace")
    if failure or not process.returncode:
        return failure, answer, ""
    complaints = talk.decode(errors="replace").splitlines()
    return "crash", answer, complaints[-1][:200] if complaints else str(process.returncode)


def _of_the_message(score: Score) -> Score:
    kept = tuple(each for each in score.rules if not _OF_THE_ROUTE.search(each.name))
    without = sum(each.points for each in score.rules if each not in kept)
    return replace(score, points=score.points - without, rules=kept)
