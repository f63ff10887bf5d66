"""
Our programs, begun by a fork of the test's own process: they need not be imported again.

A fork has the same arguments, environment and files as the program would have, and ends as it does.
A second of each daemon's start is spared. Tests of the start itself, of memory and of command lines
start the real program.
"""

import contextlib
import gc
import logging
import os
import select
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from subprocess import CompletedProcess
from typing import IO, NoReturn

RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE)
MAX_FILES = 4096


@dataclass
class Fork:
    """A child process, as `subprocess.Popen` shows it."""

    pid: int
    stdout: IO[bytes]
    stderr: IO[bytes]
    returncode: int | None = None
    args: tuple[str, ...] = field(default=())

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended; raise TimeoutError after `timeout` seconds."""
        if self.poll() is None:
            place = os.pidfd_open(self.pid)
            try:
                ended, _, _ = select.select([place], [], [], timeout)
            finally:
                os.close(place)
            if not ended:
                message = f"{self.args} has not ended in {timeout} s"
                raise TimeoutError(message)
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Return what it has printed once it has ended."""
        self.wait(timeout)
        return _read(self.stdout), _read(self.stderr)


def fork(main: Callable[[], int | None], words: tuple[str, ...], env: Mapping[str, str]) -> Fork:
    """Run `main` with the arguments `words` in a child with that environment."""
    out, err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115  closed once read
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        _run(main, words, env, out.fileno(), err.fileno())
    return Fork(pid, out, err, args=words)


def run(
    main: Callable[[], int | None],
    words: tuple[str, ...],
    env: Mapping[str, str],
    timeout_s: float,
) -> CompletedProcess[str]:
    """Return what such a child has printed, once it has ended; end it after `timeout_s`."""
    child = fork(main, words, env)
    try:
        out, err = child.communicate(timeout_s)
    finally:
        child.kill()
        child.wait()
    return CompletedProcess(words, child.returncode or 0, out.decode(), err.decode())


def _read(file: IO[bytes]) -> bytes:
    with file:
        file.seek(0)
        return file.read()


def _run(
    main: Callable[[], int | None],
    words: tuple[str, ...],
    env: Mapping[str, str],
    out: int,
    err: int,
) -> NoReturn:
    code = 1
    try:
        _begin(words, env, out, err)
        code = main() or 0
    except SystemExit as error:
        code = _find_code(error)
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001  as the interpreter does
        traceback.print_exc()
    finally:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _find_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)  # noqa: T201  as the interpreter does
    return 1


def _begin(words: tuple[str, ...], env: Mapping[str, str], out: int, err: int) -> None:
    """Make this process what a new one would be."""
    signal.set_wakeup_fd(-1)
    for number in RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, MAX_FILES)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(env)
    sys.argv = list(words)
    logging.root.handlers.clear()
    warnings.resetwarnings()
    gc.freeze()
