"""The command line: the only place that prints. Its sentences come from `merge.words`.

A file for each group of commands. `main` is where every error ends: as a sentence, with what to do
next and an exit code (see `merge.errors`).
"""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence

from merge.cli.language import speaking, wanted
from merge.errors import ExitCode, Misuse, Trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code; never raises."""
    with speaking(wanted(os.environ)):
        code = _run(arguments)
    if arguments is None:  # this process's own: it ends here
        # Python would look for garbage among all that is left: a fifth of the CPU time of `status`.
        gc.freeze()
    return code


def _run(arguments: Sequence[str] | None) -> int:
    import click

    from merge.cli import output

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for life
    output.prepare((sys.stdout, sys.stderr))
    from merge.cli.commands import publipostage
    from merge.words.troubles import (
        aborted,
        explain,
        no_campaign_made,
        no_terminal,
        unexpected,
        unwritten,
    )

    try:
        _refuse_unreadable(sys.argv[1:] if arguments is None else arguments)
        result = publipostage.main(arguments, prog_name="publipostage", standalone_mode=False)
    except Trouble as trouble:
        output.say(explain(trouble))
        return trouble.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        output.say(error.format_message())
        return ExitCode.MISUSE
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)  # what was typed may be the name of somebody's file
        output.say(shown.getvalue().removesuffix("\n"))
        return ExitCode.MISUSE
    except (click.Abort, KeyboardInterrupt) as error:
        if isinstance(error.__context__, EOFError):
            output.say("\n" + no_terminal())  # below the question
            return ExitCode.MISUSE
        is_made = not isinstance(error, output.NothingMade)
        output.say(aborted() if is_made else no_campaign_made())
        return ExitCode.INTERRUPTED
    except SystemExit:
        # click ends so when whoever reads our talk has gone (`publipostage log | head`).
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`publipostage log | head`). That is no failure of ours.
        output.give_up_stdout()
        return ExitCode.DONE
    except OSError as error:
        output.give_up_stdout()
        output.say(unwritten(error))
        return ExitCode.MISUSE
    except Exception as error:
        if os.environ.get("PUBLIPOSTAGE_DEBUG"):
            output.say(traceback.format_exc())
        output.say(unexpected(error))
        return ExitCode.PARTLY
    return int(result or ExitCode.DONE)


def _refuse_unreadable(words: Sequence[str]) -> None:
    """Misuse("typed-unreadable") for a word in another encoding than the system's."""
    try:
        "".join(words).encode()
        return
    except UnicodeEncodeError:  # Python hands on what it could not read as halves of characters
        encoding = sys.getfilesystemencoding().upper()
    raise Misuse("typed-unreadable", encoding=encoding)
