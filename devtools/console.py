"""What people see while they wait, and the one sentence they get when it goes wrong."""

import subprocess
import sys
import time
from pathlib import Path


class Failure(Exception):
    """Something that the user can mend; its text is one sentence that says how."""


def say(text):
    """Print a line at once, also through a pipe."""
    print(text, flush=True)


def run_quietly(label, command, log, **popen):
    """Run a long command, its output in a file, with a sign of life.

    :param str label: what is being done, in words
    :param list command: the program and its arguments
    :param Path log: file that receives everything the command prints
    :return: the exit code
    :rtype: int
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    say(f"==> {label} …")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **popen
        )
        try:
            while True:
                try:
                    code = process.wait(timeout=15)
                    break
                except subprocess.TimeoutExpired:
                    say(f"    {label}: {time.monotonic() - started:.0f} s{last_words(log)}")
        except BaseException:
            process.terminate()
            process.wait()
            raise
    say(f"    {'done' if code == 0 else f'exit code {code}'} in {time.monotonic() - started:.0f} s")
    return code


def last_words(log, width=90):
    """Return the last line of a log file, shortened, to show that something moves."""
    lines = tail(log, 1)
    return f" · {lines[0][:width]}" if lines else ""


def tail(log, count):
    """Return the last ``count`` lines of a file that say something."""
    text = Path(log).read_bytes()[-20_000:].decode(errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()][-count:]


def must_run(label, command, log, advice, **popen):
    """Run as :func:`run_quietly` does, but end everything with a sentence when it fails.

    :raise Failure: the command failed; the text is ``advice`` and where the log is
    """
    if run_quietly(label, command, log, **popen):
        for line in tail(log, 8):
            print(f"    | {line}", file=sys.stderr)
        raise Failure(f"{label} failed: {advice} (details in {log}).")
