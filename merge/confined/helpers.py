"""Ask a helper: a process of its own, which cannot take the computer with it.

A sheet, a letter, a picture, a mail may come from anybody, and what reads them can be made to work
for hours or to take all memory. So they are read by a helper: a Python of its own with limits on
processor, memory and files, without a network or a password. It hands back plain values
(`merge.confined.plain`). The clock is watched here.

A helper costs a command some 40 ms, and what it loads is not loaded here. It serves one task after
the other, and is put aside when one of them met a limit.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from struct import pack, unpack
from tempfile import TemporaryDirectory
from typing import IO, Any

import merge
from merge import errors
from merge.confined.child import DONE, RAN_AWAY, REFUSED, SAID
from merge.confined.limits import Limits
from merge.errors import Trouble

_TALK_AT_MOST = 4_000
_HEAD = 9


class RanAway(Exception):
    """A task met a limit: "time", "memory", "output", "depth"; or "crash", with what Python said
    of it in `detail`.
    """

    def __init__(self, limit: str, detail: str = "") -> None:
        super().__init__(limit)
        self.limit = limit
        self.detail = detail


def run(task: Callable[[], object], limits: Limits) -> Any:
    """What the task returns, as `plain` writes it. Errors as in `answers`."""
    (answer,) = answers(task, limits)
    return answer


def answers(task: Callable[[], object], limits: Limits) -> Generator[Any]:
    """What the task yields, one by one, as `plain` writes it.

    The task is pickled: a function of a module, or a `functools.partial` of one. What is wrong of
    `merge.errors` is raised as it was there, with its code, place and facts. RanAway.
    """
    helper = _waiting()
    try:
        yield from helper.answers(task, limits)
    finally:
        if not helper.has_ended:
            _free.append(helper)


class Kept:
    """A helper that serves one asker alone, and remembers what it did before: until a limit."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._helper: _Helper | None = None

    def run(self, task: Callable[[], object], limits: Limits) -> Any:
        """What the task returns, as `plain` writes it. Errors as in `answers`."""
        (answer,) = self.answers(task, limits)
        return answer

    def answers(self, task: Callable[[], object], limits: Limits) -> Generator[Any]:
        """What the task yields, one by one, as `plain` writes it. Errors as in `answers`."""
        return self._started().answers(task, limits)

    def start(self) -> None:
        """Have it load its modules already. On Linux it ends with the thread that calls this."""
        self._started()

    def _started(self) -> _Helper:
        if self._helper is None or self._helper.has_ended:
            self._helper = _waiting(*self._modules)
            weakref.finalize(self, self._helper.end)
        return self._helper

    @property
    def is_there(self) -> bool:
        """Whether it waits, or works."""
        return self._helper is not None and not self._helper.has_ended

    def end(self) -> None:
        """Kill it, if it is there. The next task has another."""
        if self._helper is not None:
            self._helper.end()
            self._helper = None


def start(*modules: str) -> None:
    """Let a helper load these already, while the command goes on with something else."""
    if not _free:
        _free.append(_Helper(*modules))


_free: list[_Helper] = []
# Held until they end: of an answer that is forgotten half read, the collector might otherwise come
# upon the process before it comes upon what ends it.
_at_work: set[_Helper] = set()


def _waiting(*modules: str) -> _Helper:
    """A helper that nobody asks anything now; a new one loads these."""
    while _free:
        helper = _free.pop()
        if not helper.has_ended:
            return helper
        helper.end()
    return _Helper(*modules)


@atexit.register
def end() -> None:
    """No helper is left behind."""
    _free.clear()
    while _at_work:
        _at_work.pop().end()


def _trouble(told: list[Any]) -> Trouble:
    name, code, path, row, column, facts = told
    kind = getattr(errors, str(name), Trouble)
    if not (isinstance(kind, type) and issubclass(kind, Trouble)):
        kind = Trouble
    return kind(code, path=path, row=row, column=column, **facts)


class _Helper:
    """One process that waits for tasks."""

    def __init__(self, *modules: str) -> None:
        # -P: no module of the folder that the user works in, which may be the stranger's too.
        command = [sys.executable, "-P", "-m", "merge.confined.child", *modules]
        # What it leaves among the temporary files goes with it: it is killed, and cleans nothing.
        self._temporary = TemporaryDirectory(prefix="publipostage-", ignore_cleanup_errors=True)
        at = self._temporary.name
        environment = _environment() | {"TMPDIR": at, "TEMP": at, "TMP": at}
        answers, said = os.pipe()
        self._talk, talk = os.pipe()
        if sys.platform != "win32":
            os.set_blocking(talk, False)  # nobody listens while it works: the rest may go
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python and this module
                command, stdin=subprocess.PIPE, stdout=said, stderr=talk, env=environment
            )
        finally:
            os.close(said)
            os.close(talk)
        self._answers: IO[bytes] = os.fdopen(answers, "rb")
        self._is_late = False
        self._is_closed = False
        _at_work.add(self)

    @property
    def has_ended(self) -> bool:
        """Whether it is of no more use."""
        return self._is_closed or self._process.poll() is not None

    def answers(self, task: Callable[[], object], limits: Limits) -> Generator[Any]:
        """See `answers`. It is ended when it met a limit, or is asked for less than all."""
        is_whole = False
        try:
            question = pickle.dumps((task, limits))
            stdin = self._process.stdin
            with self._watched(limits), contextlib.suppress(BrokenPipeError):  # `_hear` tells why
                if stdin is not None:
                    stdin.write(pack(">Q", len(question)) + question)
                    stdin.flush()
            while True:
                kind, answer = self._hear(limits)
                if kind == SAID:
                    yield answer
                    continue
                is_whole = True
                if kind == DONE:
                    return
                if kind == REFUSED:
                    raise _trouble(answer)
                limit, detail = answer
                raise RanAway(str(limit), str(detail))
        finally:
            if not is_whole:
                self.end()

    def _hear(self, limits: Limits) -> tuple[bytes, Any]:
        """What it says next. RanAway when it says no more."""
        with self._watched(limits):
            head = self._answers.read(_HEAD)
            size = unpack(">Q", head[1:])[0] if len(head) == _HEAD else -1
            if size > limits.answer:
                self.end()
                raise RanAway("output")
            data = self._answers.read(size) if size >= 0 else b""
        if size < 0 or len(data) < size:
            raise self._met()
        kind = head[:1]
        if kind == RAN_AWAY:
            self.end()
        return kind, json.loads(data.decode("utf-8", "surrogatepass"))

    def end(self) -> None:
        """Kill it, if it is still there."""
        if self._is_closed:
            return
        self._is_closed = True
        _at_work.discard(self)
        self._process.kill()
        self._process.wait()
        self._temporary.cleanup()
        self._answers.close()
        os.close(self._talk)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # what it was asked last has not got through
                self._process.stdin.close()

    @contextlib.contextmanager
    def _watched(self, limits: Limits) -> Generator[None]:
        clock = threading.Timer(limits.wall_s, self._stop)
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def _stop(self) -> None:
        self._is_late = True
        self._process.kill()

    def _met(self) -> RanAway:
        """The limit of a process that is gone."""
        code = self._process.wait()
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                os.set_blocking(self._talk, False)
        try:
            talk = os.read(self._talk, _TALK_AT_MOST).decode(errors="replace")
        except OSError:
            talk = ""
        self.end()
        lines = talk.splitlines()
        return RanAway("time" if self._is_late else _limit(code, talk), lines[-1] if lines else "")


def _limit(code: int, talk: str) -> str:
    """The limit that a process met which ended with this code, having said this."""
    import signal

    if sys.platform == "win32" or code >= 0:
        return "crash"
    if -code == signal.SIGXCPU:
        return "time"
    if -code == signal.SIGSEGV or "stack overflow" in talk:
        return "depth"  # the stack of Python's own compiler is full
    if -code in (signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGBUS):
        return "memory"  # the system's own last resort; what Rust and GLib do without memory
    return "crash"


_KEPT = (
    *("PATH", "SYSTEMROOT", "WINDIR", "LANG", "LC_ALL", "LC_CTYPE"),
    # Where fonts and what draws them are.
    *("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
    *("XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    *("FONTCONFIG_SYSROOT", "DYLD_FALLBACK_LIBRARY_PATH", "LD_LIBRARY_PATH"),
    *("WEASYPRINT_DLL_DIRECTORIES", "SOURCE_DATE_EPOCH"),
)


def _environment() -> dict[str, str]:
    """What Python needs to start, and to find this program and the fonts: no password."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    package = str(Path(merge.__file__).parents[1])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return kept | {"PYTHONPATH": path, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
