"""Runs git: limited in time and output, and without any program that a repository names."""

import contextlib
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from agent_status.errors import AgentStatusError

DEADLINE_S = 5.0
"""A call that takes longer is ended, with everything that it has started."""
MAX_BYTES = 16 * 1024 * 1024
"""Output beyond this ends the call."""
MAX_WORDS = 2000
CHUNK = 64 * 1024

KEPT = {
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_PAGER",
}
"""Variables of git's that are the user's own settings; all others would lead git elsewhere."""
CALM = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
"""No lock in the user's repository, no network, no question, and messages that we know."""
SAFE = (
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.splitIndex=false",
    "-c",
    "index.sparse=false",
    "-c",
    "submodule.recurse=false",
)


class GitError(AgentStatusError):
    """Git failed or isn't installed; the text is its message, shortened."""


class SlowError(GitError):
    """Git did not answer in time, or printed too much, and was ended."""


def make_env(extra: Mapping[str, str], env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment for git, with `extra` added."""
    kept = {key: value for key, value in env.items() if not key.startswith("GIT_") or key in KEPT}
    return kept | CALM | dict(extra)


def run_git(
    words: Sequence[str],
    extra: Mapping[str, str] | None = None,
    *,
    given: bytes = b"",
    deadline_s: float = DEADLINE_S,
    codes: Sequence[int] = (0,),
) -> bytes:
    """Return git's output; raise SlowError, or GitError for an exit code not in `codes`."""
    with tempfile.TemporaryFile() as source:
        source.write(given)
        source.seek(0)
        try:
            process = subprocess.Popen(
                ["git", *SAFE, *words],
                env=make_env(extra or {}),
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            message = f"git can't be run: {error}"
            raise GitError(message) from error
        with _watch(process):
            out, err = _listen(process, time.monotonic() + deadline_s)
            code = process.wait(deadline_s)
    if code not in codes:
        raise GitError(_clip(err) or f"git ended with {code}")
    return out


def show_git(words: Sequence[str], extra: Mapping[str, str]) -> int:
    """Run git on the user's terminal, with their pager; return its exit code."""
    env = make_env(extra)
    env.pop("LC_ALL")
    if "LC_ALL" in os.environ:
        env["LC_ALL"] = os.environ["LC_ALL"]
    try:
        return subprocess.run(["git", *SAFE[1:], *words], env=env, check=False).returncode
    except OSError as error:
        message = f"git can't be run: {error}"
        raise GitError(message) from error


def find_pager(extra: Mapping[str, str]) -> tuple[str, ...]:
    """Return the user's git pager as words, with an absolute path; () if unknown."""
    words = ("git", "var", "GIT_PAGER")
    try:
        done = subprocess.run(
            words, env=make_env(extra), capture_output=True, timeout=DEADLINE_S, check=False
        )
        program, *rest = shlex.split(done.stdout.decode(errors="replace"))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ()
    return (os.path.realpath(shutil.which(program) or program), *rest)


def _listen(process: subprocess.Popen[bytes], end: float) -> tuple[bytes, bytes]:
    """Return everything printed on both outputs."""
    out, err = process.stdout, process.stderr
    assert out, "it was started with pipes"  # noqa: S101
    assert err, "it was started with pipes"  # noqa: S101
    heard: dict[IO[bytes], bytearray] = {out: bytearray(), err: bytearray()}
    with selectors.DefaultSelector() as selector:
        for pipe in heard:
            selector.register(pipe, selectors.EVENT_READ, pipe)
        while selector.get_map():
            left = end - time.monotonic()
            if left <= 0:
                message = "git did not answer in time"
                raise SlowError(message)
            for key, _ in selector.select(left):
                data = os.read(key.fd, CHUNK)
                if not data:
                    selector.unregister(key.fileobj)
                heard[key.data] += data
                if len(heard[key.data]) > MAX_BYTES:
                    message = "git lists too much: is there a folder that it should ignore?"
                    raise SlowError(message)
    return bytes(heard[out]), bytes(heard[err])


_running: set[subprocess.Popen[bytes]] = set()


def end_all() -> None:
    """End all running git processes of all threads, before the process ends. Idempotent."""
    for process in list(_running):
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _watch(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process with the block; one that can't be killed is abandoned."""
    _running.add(process)
    try:
        yield
    except subprocess.TimeoutExpired as error:
        message = "git did not answer in time"
        raise SlowError(message) from error
    finally:
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
        if process.returncode is None:
            _kill(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
        _running.discard(process)


def _clip(err: bytes) -> str:
    """Return the first line of git's error message."""
    lines = err.decode("utf-8", "replace").strip().splitlines()
    errors = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    return errors[0].removeprefix("fatal: ").removeprefix("error: ")[:MAX_WORDS] if errors else ""
