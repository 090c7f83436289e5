"""Python environment, Odoo, Chromium and other programs: found if they are there, otherwise fetched into the cache."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .console import Failure, must_run, say
from .places import CHECKOUT, cache, fingerprint, need_room

ODOO_PACKAGES = [
    "odoo-19",
    # Debian's package of Odoo holds links into these.
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
PINNED = CHECKOUT / "requirements"
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # A test's page is gone before what runs often in it has been compiled a second time.
    "'--js-flags=--no-opt --no-maglev'",
)


@contextlib.contextmanager
def one_at_a_time(what="this machine"):
    """Make two runs side by side prepare the same thing one after the other."""
    with (cache() / f"{what.replace(' ', '-')}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"==> Another ./dev is preparing {what}: waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python():
    """Return the Python of the project's own environment, created from the pinned lists when missing."""
    version, base = _base_python()
    return _environment(f"python{version}", base, PINNED / f"python{version}.txt", PINNED / "tests.txt")


def add_test_packages():
    """Add to the project's environment what tests need besides: who tries the product does not wait for it."""
    complete = python().parent.with_name("complete-for-tests")
    if not complete.exists():
        with one_at_a_time("the tests' packages"):
            _install(python(), PINNED / "tests.txt", complete)


def locust():
    """Return Locust, in an environment of its own since it needs another gevent than Odoo.

    :rtype: Path
    """
    return _environment("load", _base_python()[1], PINNED / "load.txt").with_name("locust")


def _environment(name, base, pinned, *later):
    """Return the Python of an environment with a list of packages, created when missing.

    :param base: the Python to make it with
    :param Path pinned: the list
    :param later: lists of what may be installed there, too
    """
    environment = cache() / f"{name}-{fingerprint(pinned, *later)}"
    binary = environment / "bin" / "python"
    if (environment / "complete").exists():
        return binary
    need_room(cache(), 5)
    shutil.rmtree(environment, ignore_errors=True)
    must_run(
        f"Creating the environment {name}",
        [base, "-m", "venv", environment],
        cache() / "logs" / "venv.log",
        "install Python's venv module (on Debian: apt-get install python3-venv)",
    )
    _install(binary, pinned, environment / "complete")
    return binary


def _install(python, pinned, complete):
    """Put a list of packages, which names all that they need, in the environment of a Python.

    :param Path complete: the file that says so, once they are there
    """
    if complete.exists():
        return
    # What is compiled lies in the cache, where each of our processes looks for it.
    options = ("--disable-pip-version-check", "--progress-bar=off", "--no-compile", "--no-deps")
    must_run(
        f"Installing the Python packages of {pinned.name} (a minute the first time)",
        [python, "-m", "pip", "install", *options, "--requirement", pinned],
        cache() / "logs" / f"pip-{pinned.stem}.log",
        debian.NETWORK,
    )
    complete.touch()


def _base_python():
    """Return a Python that Odoo 19 runs on and whose packages are pinned here.

    The system's own comes first: distributions build theirs with the compiler's profile of a running Python, version
    managers mostly without, and Odoo then takes a third more of a processor.
    """
    known = sorted(path.stem[6:] for path in PINNED.glob("python3.*.txt"))
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [
        *((version, f"/usr/bin/python{version}") for version in known),
        (own, sys.executable),
        *((version, shutil.which(f"python{version}")) for version in known),
    ]
    for version, found in candidates:
        if version in known and found and _makes_environments(found):
            return version, found
    raise Failure(f"Odoo 19 needs Python {known[0]} to {known[-1]} and this is {own}: install one of them.")


def _makes_environments(python):
    """Return whether a program is a Python that works and can make an environment with pip."""
    try:
        return not subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode
    except OSError:
        return False


def odoo_path():
    """Return the folders that Odoo is imported from and finds its addons in.

    :return: (folder for ``PYTHONPATH``, list of addons folders besides Odoo's own)
    :raise Failure: ``ODOO_HOME`` holds no Odoo 19, or Odoo can neither be found nor fetched
    """
    if home := os.environ.get("ODOO_HOME"):
        folder = Path(home).expanduser().absolute()
    else:
        folder = cache() / "debian" / "odoo" / "usr" / "lib" / "python3" / "dist-packages"
        if not folder.exists():
            if not debian.is_debian():
                raise Failure(
                    "Odoo is fetched from Debian's packages and this system has none: "
                    "set ODOO_HOME=/path/to/odoo (a copy of Odoo 19), or use `docker compose up`."
                )
            need_room(cache(), 4)
            debian.unpack("odoo", ODOO_PACKAGES, sid=True)
    release = folder / "odoo" / "release.py"
    if not release.exists() or not re.search(r"version_info = \(19, 0", release.read_text()):
        raise Failure(f"There is no Odoo 19.0 in {folder}: correct ODOO_HOME.")
    if not os.environ.get("ODOO_HOME"):
        _complete_odoo(folder)
    return folder, [] if (folder / "odoo" / "addons" / "web").exists() else [folder / "addons"]


def _complete_odoo(folder):
    """Add the one script whose absence from Debian's package is an error on every backend page."""
    for addons in (folder / "odoo" / "addons", folder / "addons"):
        script = addons / "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
        if (addons / "mail").exists() and not script.exists():
            script.parent.mkdir(parents=True, exist_ok=True)
            script.touch()


@dataclass(frozen=True)
class Program:
    """A program and its libraries: the machine's own, otherwise unpacked from Debian's package.

    :param name: what the script that starts it is called
    :param names: what it may be called on this machine
    :param package: Debian's package
    :param path: where it lies in the package
    :param why: what it is needed for, where it is missing
    :param flags: what it is started with
    :param setting: a line of the script before
    :param version: what it tells its version for
    :param trial: arguments that show, the first time, that it works
    :param beside: packages of what it draws with
    """

    name: str
    names: tuple
    package: str
    path: str
    why: str
    flags: tuple = ()
    setting: str = ""
    version: str = "--version"
    trial: tuple = ("--version",)
    beside: tuple = ("fonts-dejavu-core", "fonts-liberation")


# Its headless shell draws the same pages as Chromium without the windows around them.
CHROMIUM = Program(
    "chromium",
    names=("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
    package="chromium-headless-shell",
    path="usr/lib/chromium/chromium-headless-shell",
    why="The browser tests need Chromium",
    flags=CHROMIUM_FLAGS,
)
WKHTMLTOPDF = Program(
    "wkhtmltopdf",
    names=("wkhtmltopdf",),
    package="wkhtmltopdf",
    path="usr/bin/wkhtmltopdf",
    why="The printed pages need wkhtmltopdf",
    setting="export QT_QPA_PLATFORM=offscreen\n",
    trial=("--quiet", "-", os.devnull),
)
# What stands before several servers, and between them and PostgreSQL.
HAPROXY = Program(
    "haproxy",
    names=("haproxy",),
    package="haproxy",
    path="usr/sbin/haproxy",
    why="Several servers behind one address need haproxy",
    version="-v",
    trial=("-v",),
    beside=(),
)
PGBOUNCER = Program(
    "pgbouncer",
    names=("pgbouncer",),
    package="pgbouncer",
    path="usr/sbin/pgbouncer",
    why="Connections shared by several servers need pgbouncer",
    beside=(),
)


def chromium():
    """Return a Chromium to test with, started by one small script with the flags that a test needs.

    :return: path of a script named ``chromium``
    :rtype: Path
    """
    return _script(CHROMIUM)


def with_chromium(environment):
    """Return an environment in which Chromium comes first on the path, where Odoo's browser tests look for it."""
    return {**environment, "PATH": f"{chromium().parent}{os.pathsep}{environment['PATH']}"}


def wkhtmltopdf():
    """Return the program that makes Odoo's PDF files, started by a script that needs no screen.

    :return: path of a script named ``wkhtmltopdf``
    :rtype: Path
    """
    return _script(WKHTMLTOPDF)


def haproxy():
    """Return the program that shares requests out between servers.

    :rtype: Path
    """
    return _script(HAPROXY)


def pgbouncer():
    """Return the program that lets many processes share few connections to PostgreSQL.

    :rtype: Path
    """
    return _script(PGBOUNCER)


def _script(program):
    """Return a script that starts a program with its flags and settings, made when missing.

    :raise Failure: the program is not there and cannot be fetched, or does not start
    """
    script = cache() / program.name / program.name
    with one_at_a_time(program.name):
        works = script.exists() and subprocess.run([script, program.version], capture_output=True, check=False)
        if not works or works.returncode:
            _make_script(program, script)
    return script


def _make_script(program, script):
    # Servers' programs lie where only root looks for them.
    paths = [*os.environ["PATH"].split(os.pathsep), "/usr/sbin"]
    others = os.pathsep.join(path for path in paths if Path(path) != script.parent)
    found = next(filter(None, (shutil.which(known, path=others) for known in program.names)), None)
    setting = program.setting
    if not found:
        if not debian.is_debian():
            raise Failure(f"{program.why} and this system has no Debian packages: install {program.name}.")
        need_room(cache(), 2)
        root = debian.unpack(program.package, [program.package, *program.beside])
        libraries = sorted({str(path.parent) for path in root.glob("usr/lib/**/*.so*") if path.is_file()})
        setting += f"export LD_LIBRARY_PATH='{':'.join(libraries)}'\n"
        if plugins := next(root.glob("usr/lib/*/qt5/plugins"), None):
            setting += f"export QT_PLUGIN_PATH='{plugins}'\n"
        if program.beside:
            setting += _fonts(root, program.name)
        found = root / program.path
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!/bin/sh\n{setting}exec '{found}' {' '.join(program.flags)} \"$@\"\n")
    script.chmod(0o755)
    answer = subprocess.run(
        [script, *program.trial], input="<p>A page</p>", capture_output=True, text=True, check=False
    )
    if answer.returncode:
        script.unlink()
        raise Failure(
            f"{program.name} does not start ({answer.stderr.strip()[-200:]}): install it with your system's tools."
        )


def _fonts(root, name):
    """Let an unpacked program see the fonts unpacked with it, besides the machine's own."""
    settings = cache() / name / "fonts.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{root / 'usr/share/fonts'}</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{settings.parent / 'fontcache'}</cachedir></fontconfig>\n"
    )
    return f"export FONTCONFIG_FILE='{settings}'\n"
