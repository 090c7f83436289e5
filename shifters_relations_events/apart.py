"""Read a calendar in a process of its own, which may be killed: whatever a calendar is, it harms no server.

The process gets a request on its standard input and answers on its standard output, both in JSON. It has a limit of
memory, of processor and of time, opens no other file for writing, and knows neither the database nor any setting.
"""

import base64
import json
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path

MAX_SECONDS = 50  # of waiting
MAX_PROCESSOR = 40  # seconds
MAX_MEMORY = 1 << 30
SERIES_SECONDS = 1
MAX_LINKS = 1  # from a page to the calendar that it names
START = "import sys; sys.path[:] = sys.argv[2:]; sys.path.insert(0, sys.argv[1]); import apart; apart.answer()"


def read_apart(request, seconds=MAX_SECONDS):
    """Return what was read of a calendar, as a dictionary.

    :param dict request: ``url`` or ``file`` (base64); ``today``, ``zone``; ``allowed`` hosts and ``validators``
    :param float seconds: after which the process is killed
    :return: ``entries``, ``skipped``, ``event_count``, ``validators``; ``unchanged``; or ``failure`` with a ``reason``
        and a ``value``
    """
    folder = str(Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", START, folder, *filter(None, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )
    try:
        answer, _errors = process.communicate(json.dumps(request).encode(), timeout=seconds)
        return json.loads(answer)
    except subprocess.TimeoutExpired:
        return _fail("slow")
    except ValueError:  # it was killed, by its own limits or by somebody
        return _fail("killed")
    finally:
        process.kill()
        process.communicate()


def answer():
    """Read a request and write the answer: what the process does."""
    request = json.load(sys.stdin)
    _limit()
    sys.stdout.write(json.dumps(read_here(request)))


def read_here(request):
    """Return what :func:`read_apart` returns, without any process or limit of one."""
    import calendars
    import fetching

    try:
        content, charset, validators, unchanged = base64.b64decode(request.get("file") or ""), "", {}, False
        url = request.get("url")
        for link in range(MAX_LINKS + 1) if url else ():
            known = request.get("validators") or {}
            with _within(fetching.MAX_SECONDS, fetching.Refused("slow")):
                # A page that has not changed says nothing of the calendar that it names.
                known = known if known.get("of", url) == url else {}
                found = fetching.fetch(calendars.feed_address(url), request["allowed"], known)
            content, charset, validators = found.content, found.charset, {**found.validators, "of": url}
            unchanged = content is None
            named = "" if unchanged or b"BEGIN:VCALENDAR" in content.upper() else calendars.find_calendar_link(content)
            if not named or link == MAX_LINKS:
                break
            url = fetching.urljoin(found.url, named)
        if unchanged:
            return {"unchanged": True, "validators": validators}
        today = date.fromisoformat(request["today"])
        guard = partial(_within, SERIES_SECONDS, calendars.TooLong())
        read = calendars.read_calendar(content, today, request["zone"], charset, guard)
    except calendars.Unreadable as wrong:
        return _fail(wrong.reason, wrong.value)
    except fetching.Refused as wrong:
        return _fail(wrong.reason, wrong.value)
    except MemoryError:
        return _fail("too_large")
    entries = [
        {**asdict(entry), "start": entry.start.isoformat(), "stop": entry.stop.isoformat()} for entry in read.entries
    ]
    skipped = [asdict(each) for each in read.skipped]
    return {"entries": entries, "skipped": skipped, "event_count": read.event_count, "validators": validators}


def _fail(reason, value=""):
    return {"failure": {"reason": reason, "value": value}}


def _limit():
    """Set what this process may take; systems that know no such limits have the parent's clock alone."""
    with suppress(ImportError):
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, MAX_MEMORY),
            (resource.RLIMIT_CPU, MAX_PROCESSOR),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


@contextmanager
def _within(seconds, error):
    """Stop what takes longer than it may, by an exception."""

    def stop(_signal, _frame):
        raise error

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
