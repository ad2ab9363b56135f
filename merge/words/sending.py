"""How many letters leave on which days, what left this time, and when to come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.job import Facts, trouble_of
from merge.model import Counts, Status
from merge.outcome import Outcome
from merge.words import dates, statuses, troubles
from merge.words.language import _, ngettext
from merge.words.reasons.outcomes import ours

if TYPE_CHECKING:
    from merge.campaign.deliver import Run
    from merge.campaign.forecast import Day
    from merge.settings import AccountSettings, Settings

STAGES_SHOWN = 3

PDF_S = 0.08  # a letter of two pages with tags, on a computer of 2020


def forecast(n: int, settings: Settings, days: Sequence[Day], now: datetime) -> str:
    """On which days the letters leave that are about to be sent."""
    return ngettext(
        "{n} letter to send from {address}: {days}.",
        "{n} letters to send from {address}: {days}.",
        n,
    ).format(n=n, address=settings.account.from_address, days=_in_days(days, settings, now))


def stages(
    days: Sequence[Day], zone: ZoneInfo, now: datetime, *, first: int
) -> Sequence[tuple[int, str]]:
    """How many letters leave when; after the `first` the mailbox is read, 0 for none."""
    parts = [part for day in days for part in day.parts]
    lines = [(n, _when_they_leave(at, zone, now)) for at, n in parts[:STAGES_SHOWN]]
    if later := parts[STAGES_SHOWN:]:
        last = dates.at(later[-1][0], zone, now)
        lines.append(
            (sum(n for _at, n in later), _("leave after that, the last {when}.").format(when=last))
        )
    if first and lines and lines[0][0] > first:
        n, when = lines[0]
        ahead = _(
            "leave first. Two minutes later the mailbox is read: the others follow if nothing "
            "has come back."
        )
        then = _("leave right after.") if parts[0][0] <= now else when
        lines[:1] = [(first, ahead), (n - first, then)]
    return lines


def _when_they_leave(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    if at <= now:
        return _("leave now.")
    return _("leave {when}.").format(when=dates.at(at, zone, now))


def rest(n: int, settings: Settings, days: Sequence[Day], now: datetime) -> str:
    """On which days the letters leave that have not left yet."""
    return ngettext(
        "{n} letter has still to leave: {days}.", "{n} letters have still to leave: {days}.", n
    ).format(n=n, days=_in_days(days, settings, now))


def put_off(until: datetime, settings: Settings, now: datetime) -> str:
    """All that are about to be sent were refused for now, and none is due yet."""
    return _("All of it was put off. The next retry is {when}.").format(
        when=dates.at(until, ZoneInfo(settings.campaign.timezone), now)
    )


def pdf_work(n: int) -> str:
    """What it costs that so many e-mails take their page along, "" when it is not worth a word."""
    minutes = round(n * PDF_S / 60)
    if not minutes:
        return ""
    return ngettext(
        "Each takes its letter along as a PDF: about {n} minute of work for this computer in all.",
        "Each takes its letter along as a PDF: about {n} minutes of work for this computer in all.",
        minutes,
    ).format(n=minutes)


def _in_days(days: Sequence[Day], settings: Settings, now: datetime) -> str:
    """ "3 today, then up to 270 a day, done on Thursday 3 December (11 days)"."""
    zone = ZoneInfo(settings.campaign.timezone)
    today = now.astimezone(zone).date()
    each = [
        _today(day, zone, now)
        if day.date == today
        else _("{n} on {date}").format(n=day.letters, date=dates.on(day.date))
        for day in days
    ]
    if len(days) <= 3:
        return ", ".join(each)
    return _("{first}, then up to {most} a day, done on {date} ({days} days)").format(
        first=each[0],
        most=max(day.letters for day in days[1:]),
        date=dates.on(days[-1].date),
        days=len(days),
    )


def _today(day: Day, zone: ZoneInfo, now: datetime) -> str:
    """ "160 today", "100 now, 60 at 15:10", "100 now, 900 from 15:10 to 23:10"."""
    (at, n), *others = day.parts or [(now, day.letters)]
    if at <= now and not others:
        return _("{n} today").format(n=n)
    then = others if at <= now else day.parts
    told = [_("{n} now").format(n=n)] if at <= now else []
    if len(then) <= 2:
        told += [_("{n} at {time}").format(n=n, time=dates.clock(at, zone)) for at, n in then]
    else:
        told.append(
            _("{n} from {begin} to {end}").format(
                n=sum(n for _at, n in then),
                begin=dates.clock(then[0][0], zone),
                end=dates.clock(then[-1][0], zone),
            )
        )
    return ", ".join(told)


def ended(run: Run, settings: Settings, now: datetime) -> str:
    """What left this time; why the run ended, if before the end, and when to run it again."""
    then = ""
    if run.next_at is not None:
        then = _("To go on, run the same command again: {when}, or with --wait.").format(
            when=dates.at(run.next_at, ZoneInfo(settings.campaign.timezone), now)
        )
    elif run.stopped_by in ("limit", "interrupted"):
        then = _("Run the same command again to go on.")
    this_time, why = (
        _this_time(run.by_status),
        _why(run.stopped_by, caps(settings.account), settings.account.hours),
    )
    return " ".join(filter(None, (this_time, why, then)))


def why_it_ended(stopped_by: str, account: AccountSettings) -> str:
    """Why a run ended before the end; "" where it did not."""
    return _why(stopped_by, caps(account), account.hours)


def waits(facts: Facts, now: datetime) -> str:
    """Why a run does nothing now, and until when; of its last event, `waiting` or `away`."""
    if "why" in facts:
        why = troubles.why(trouble_of(facts["why"]))
    else:
        why = _why(facts["stopped_by"], _caps(**facts["limits"]), facts["hours"])
    again = _("It goes on by itself {when}.").format(
        when=dates.at(facts["next_at"], ZoneInfo(facts["zone"]), now)
    )
    return " ".join((why, again))


def waiting(facts: Facts, now: datetime) -> str:
    """What left so far, and until when a run with --wait does nothing."""
    until = _("Waiting; going on {when}. Ctrl-C ends it, and nothing is lost.").format(
        when=dates.at(facts["next_at"], ZoneInfo(facts["zone"]), now)
    )
    why = _why(facts["stopped_by"], _caps(**facts["limits"]), facts["hours"])
    left = "" if facts["stopped_by"] == "at" else _this_time(facts["by_status"])
    return " ".join(filter(None, (left, why, until)))


def away(facts: Facts) -> str:
    """The server is out of reach, what left so far, and when it is tried again."""
    next_at = facts["next_at"].astimezone(ZoneInfo(facts["zone"]))
    again = _("Next try at {time}. Ctrl-C ends it, and nothing is lost.").format(
        time=f"{next_at:%H:%M:%S}"
    )
    why = troubles.why(trouble_of(facts["why"]))
    return " ".join((_this_time(facts["by_status"]), why, again))


def begun(sent: int) -> str:
    """The first letters of a campaign have left, and nobody knows yet whether they arrive."""
    return ngettext(
        "The first letter has left. In two minutes the mailbox is read for what came back, then "
        "the others follow.",
        "The first {n} letters have left. In two minutes the mailbox is read for what came back, "
        "then the others follow.",
        sent,
    ).format(n=sent)


def _this_time(by_status: Mapping[Status, int]) -> str:
    return _("This time: {figures}.").format(figures=statuses.figures(by_status))


def _why(stopped_by: str, caps: str, hours: str) -> str:
    return {
        "": "",
        "at": _("Nothing leaves before the time that was set."),
        "quota": _("The account's quota is spent ({caps})."),
        "receiver": _(
            "Whoever is left has a mailbox with a provider to which enough has left today: it "
            "calls a sender of more a large one (large_sender in [account], if you are one)."
        ),
        "hours": _("Outside the sending hours ({hours}) nothing leaves."),
        "limit": _("The limit you gave is reached."),
        "away": "",  # see `away`
        "deferred": _("Some letters could not be handed in for now."),
        "interrupted": _("Stopped, as you asked, after the message in hand."),
    }[stopped_by].format(caps=caps, hours=hours)


def left_and_waiting(before: Counts, after: Counts) -> str:
    """What a run did that the server ended: what left, and what waits."""
    change = {
        status: after.email[status] - before.email[status]
        for status in (Status.SENT, Status.FAILED, Status.UNKNOWN, Status.HELD)
    }
    return f"{_this_time(change)}\n{statuses.where_it_stands(after)}"


def caps(account: AccountSettings) -> str:
    """ "100 an hour, 300 a day"."""
    return _caps(account.per_minute, account.per_hour, account.per_day)


def _caps(per_minute: int | None, per_hour: int, per_day: int) -> str:
    each = [
        _("{n} a minute").format(n=per_minute) if per_minute else "",
        _("{n} an hour").format(n=per_hour),
        _("{n} a day").format(n=per_day),
    ]
    return ", ".join(filter(None, each))


def tested(commune: str, address: str) -> str:
    """The letter to oneself has left."""
    return _("The letter to {commune} was sent to {address}. Read it there.").format(
        commune=commune, address=address
    )


def refused_test(outcome: Outcome, address: str) -> str:
    """The letter to oneself was refused, or nobody knows."""
    said = ours(outcome.words) or _("The server said: {reply}").format(
        reply=" ".join(filter(None, (str(outcome.code or ""), outcome.enhanced, outcome.words)))
    )
    if outcome.status is Status.UNKNOWN:
        return _(
            "Nobody knows whether the letter reached {address}. {said} Look there before you send "
            "another."
        ).format(address=address, said=said)
    return _("{address} did not get the letter. {said}").format(address=address, said=said)
