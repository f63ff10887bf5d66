"""Which checks a command line runs, on what, and what its exit status says of them."""

import shlex

import pytest

from agent_status.features.checks.loader import read_packaged
from agent_status.features.checks.matching import Matcher
from agent_status.features.checks.runs import list_runs
from agent_status.features.checks.shell_line import read_line
from agent_status.features.checks.values import Kind
from agent_status.model import CallKind, ToolCall

MATCHER = Matcher(read_packaged())


def call(command: str, exit_status: int | None = 0, **more: object) -> ToolCall:
    """Return a command that ran for ten seconds."""
    facts = {"at": 100.0, "ended_at": 110.0, "failed": exit_status not in {0, None}}
    values = {"id": "c1", "tool": "Bash", "kind": CallKind.RUN, "command": command}
    return ToolCall(**{**values, **facts, "exit_status": exit_status, **more})  # type: ignore[arg-type]


def run(command: str, exit_status: int | None = 0, **more: object) -> list[tuple[str, str]]:
    """Return (check, result) of each check in a call."""
    runs = list_runs((call(command, exit_status, **more),), 0, "/r", MATCHER)
    return [(one.check.name, one.result.value) for one in runs]


@pytest.mark.parametrize(
    ("command", "on_zero", "on_failure"),
    [
        ("pytest -q", "ok", "failed"),
        ("cd x && FOO=1 pytest -q", "ok", "failed"),
        ("pytest > out.txt 2>&1", "ok", "failed"),
        ("pytest # all", "ok", "failed"),
        ("pytest 2>&1 | tail -5", "unknown", "unknown"),
        ("set -o pipefail; pytest 2>&1 | tail -5", "ok", "failed"),
        ("set -o pipefail; pytest | grep x", "ok", "unknown"),
        ("yes | pytest", "ok", "failed"),
        ("pytest || true", "unknown", "failed"),
        ("pytest; echo $?", "unknown", "unknown"),
        ("pytest; pytest; true", "unknown", "unknown"),
        ("ls && pytest", "ok", "unknown"),
        ("echo a; pytest", "ok", "failed"),
        ("! pytest", "unknown", "unknown"),
        ("pytest &", "unknown", "unknown"),
        ("if true; then pytest; fi", "unknown", "unknown"),
        ("for i in 1 2; do pytest; done", "unknown", "unknown"),
        ("set -e; for i in 1; do pytest; done", "unknown", "unknown"),
        ("set -e\ncd x\npytest", "ok", "failed"),
        ("set -e\nls\npytest", "ok", "unknown"),
        ("(cd x && pytest)", "ok", "failed"),
        ("(cd x; pytest) || true", "unknown", "failed"),
        ("ls || (cd x; pytest)", "unknown", "unknown"),
        ("bash -lc 'cd x && pytest'", "ok", "failed"),
        ("bash -lc 'pytest' | tail -1", "unknown", "unknown"),
        ("cat > x <<'EOF'\nruff check\nEOF\npytest", "ok", "failed"),
    ],
)
def test_exit_status_counts_only_where_it_is_the_check_s_own(
    command: str, on_zero: str, on_failure: str
) -> None:
    """A pipe, a list or a loop hides it."""
    zero, failure = run(command, 0), run(command, 1)

    assert {("pytest", on_zero)} == set(zero)
    assert {("pytest", on_failure)} == set(failure)


def test_two_checks_in_a_row_pass_together_and_fail_apart() -> None:
    """Which of them failed isn't known."""
    both = "ruff check . && pytest"

    assert [("ruff", "ok"), ("pytest", "ok")] == run(both)
    assert [("ruff", "unknown"), ("pytest", "unknown")] == run(both, 1)


@pytest.mark.parametrize(
    "command",
    [
        "pytest 'unclosed",
        "echo pytest",
        "echo 'a; pytest'",
        "git commit -m pytest",
        "grep -r pytest .",
        "cat <<EOF\npytest\nEOF",
        "python x.py",
        "make",
        "pytest --collect-only",
        "cargo test --no-run",
        "npm run dev",
        "x" * 20_000 + "; pytest",
        "pytest \x00 $(",
        "",
    ],
)
def test_line_that_runs_no_check_is_none(command: str) -> None:
    """Words in a text, a listing or a damaged line aren't a run."""
    assert [] == run(command)


@pytest.mark.parametrize(
    ("status", "result"), [(124, "unknown"), (130, "unknown"), (-9, "unknown"), (2, "failed")]
)
def test_run_that_was_ended_from_outside_has_no_result(status: int, result: str) -> None:
    """A time-out and a signal aren't the check's answer."""
    assert [("pytest", result)] == run("pytest", status)


@pytest.mark.parametrize(
    "more",
    [
        {"exit_status": 127},
        {"ended_at": None},
        {"is_cut": True},
        {"exit_status": None, "failed": True},
        {"exit_status": None, "failed": False},
        {"exit_status": None, "failed": None},
        {"kind": CallKind.OTHER},
    ],
)
def test_call_that_may_not_have_run_is_no_proof(more: dict[str, object]) -> None:
    """It was denied, is still running, or there is no such program."""
    assert [] == run("pytest", **{"exit_status": 0, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "name", "only"),
    [
        ("pytest -q -n 4 --maxfail 1", "pytest", ()),
        ("python3.12 -m pytest tests/", "pytest", ()),
        (".venv/bin/pytest tests/test_x.py::test_a", "pytest", ("tests/test_x.py::test_a",)),
        ("uv run --extra dev pytest -k 'a b'", "pytest", ("-k a b",)),
        ("timeout -k 5 60 pytest --lf", "pytest", ("--lf",)),
        ("poetry run python -m pytest -kfoo", "pytest", ("-kfoo",)),
        ("npm t", "npm test", ()),
        ("npm --prefix web test", "npm test", ("--prefix web",)),
        ("npm test -- --watch=false", "npm test", ()),
        ("npm run test:unit", "npm run test:unit", ()),
        ("pnpm --filter web test", "pnpm test", ("--filter web",)),
        ("yarn test src/a.test.ts", "yarn test", ("src/a.test.ts",)),
        ("bun test", "bun test", ()),
        ("npx vitest run -t login", "vitest run", ("-t login",)),
        ("node /x/node_modules/.bin/jest.js", "jest", ()),
        ("npx playwright test --project=chromium", "playwright test", ("--project=chromium",)),
        ("cargo +nightly test -p core", "cargo test", ("-p core",)),
        ("cargo test --workspace", "cargo test", ()),
        ("cargo clippy --all-targets -- -D warnings", "cargo clippy", ()),
        ("go test -race -count 1 ./...", "go test", ()),
        ("go test", "go test", ("this folder",)),
        ("go test ./pkg -run TestX", "go test", ("./pkg", "-run TestX")),
        ("go vet ./...", "go vet", ()),
        ("mvn -q -Dtest=Foo test", "mvn test", ("-Dtest=Foo",)),
        ("./gradlew clean test", "gradle test", ()),
        ("./gradlew :app:test", "gradlew :app:test", ()),
        ("make -j4 test", "make test", ()),
        ("make -C lib check", "make check", ("-C lib",)),
        ("make test V=1", "make test", ("V=1",)),
        ("tox -e py311", "tox", ("-e py311",)),
        ("nox", "nox", ()),
        ("ruff check --fix .", "ruff", ()),
        ("eslint . --max-warnings 0", "eslint", ()),
        ("mypy src", "mypy", ()),
        ("pyright", "pyright", ()),
        ("npx tsc -p tsconfig.json --noEmit", "tsc", ()),
        ("ctest --test-dir build -R x", "ctest", ("-R x",)),
        ("bundle exec rspec spec/a_spec.rb:12", "rspec", ("spec/a_spec.rb:12",)),
        ("vendor/bin/phpunit --filter=Foo", "phpunit", ("--filter=Foo",)),
        ("dotnet test", "dotnet test", ()),
        ("swift test --filter Foo", "swift test", ("--filter Foo",)),
        ("mix test test/a_test.exs", "mix test", ("test/a_test.exs",)),
    ],
)
def test_check_is_found_with_what_it_is_limited_to(
    command: str, name: str, only: tuple[str, ...]
) -> None:
    """Options that leave out nothing don't count."""
    found = MATCHER.find(shlex.split(command))

    assert found
    assert (name, only) == (found.check.name, found.check.only)


def test_check_runs_where_the_line_has_gone() -> None:
    """A folder that the line can't tell is unknown, and a bracket keeps its own."""
    line = "(cd a && pytest) && (cd b; vitest run); cd /x/y; cargo test; cd $Z; go test"
    folders = {step.words[0]: step.folder for step in read_line(line, "/r")}

    assert ("/r/a", "/r/b", "/x/y", "") == tuple(
        folders[name] for name in ("pytest", "vitest", "cargo", "go")
    )
    assert [] == run("cd $Z && pytest")


def test_run_begins_after_the_writes_that_were_made_at_once() -> None:
    """An agent may make several calls at the same time; they run one after the other."""
    write = call("", id="w", kind=CallKind.WRITE, ended_at=104.0)
    helper = call("", id="h", kind=CallKind.WRITE, ended_at=108.0, by_helper=True)
    (found,) = list_runs((write, helper, call("pytest")), 2, "/r", MATCHER)

    assert (104.0, 110.0, "/r") == (found.began_at, found.ended_at, found.folder)
    assert found.is_alone


@pytest.mark.parametrize(
    "line",
    [
        "ruff format && pytest",
        "sed -i s/a/b/ x; pytest",
        "echo x > a.py; pytest",
        "pytest | tee log",
        "ruff check --fix && pytest",
    ],
)
def test_run_is_not_alone_if_its_line_may_change_files(line: str) -> None:
    """What changed meanwhile may have changed before it."""
    assert not any(one.is_alone for one in list_runs((call(line),), 0, "/r", MATCHER))


def test_command_of_the_project_is_a_check_itself() -> None:
    """Also if no table knows it, and as a whole."""
    (found,) = list_runs((call("./ci  && true", 1),), 0, "/r", MATCHER, "./ci && true")

    assert ("./ci && true", "failed", Kind.TEST) == (
        found.check.name,
        found.result.value,
        found.check.kind,
    )
