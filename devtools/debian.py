"""Debian packages unpacked into the cache: no root needed, the machine left as it is."""

import os
import shutil
import subprocess
from pathlib import Path

from .console import Failure, must_run, say
from .places import cache

NETWORK = "is the network there? Try again once it is"


def is_debian():
    """Return whether this machine takes Debian's own packages (a derivative's archive has no sid)."""
    release = Path("/etc/os-release")
    words = release.read_text().split() if release.exists() else []
    return "ID=debian" in words and all(shutil.which(tool) for tool in ("apt-get", "dpkg"))


def _apt_options(folder, sid):
    """Return options that keep apt's state in ``folder``; with ``sid``, as if nothing were installed."""
    for name in ("lists/partial", "cache/archives/partial", "sources", "preferences"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Debug::NoLocking": "1",
    }
    if sid:
        (folder / "status").touch()
        options |= {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": folder / "sources",
            "Dir::Etc::preferencesparts": folder / "preferences",
            "Dir::State::status": folder / "status",
        }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _mirror():
    """Return the address from which this machine takes Debian's packages."""
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(SITE)|$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    sites = [line.split("|") for line in lines]
    named = [uri for origin, _site, uri in sites if origin == "Debian" and "security" not in uri]
    guessed = [site for _origin, site, _uri in sites if site.rstrip("/").endswith("/debian")]
    if not named and not guessed:
        raise Failure("No Debian archive is configured for apt here: set ODOO_HOME=/path/to/odoo, or use Docker.")
    return (named or guessed)[0]


def unpack(name, packages, sid=False):
    """Fetch Debian packages and unpack them into one folder of the cache.

    :param str name: what they are, for people and for the folder
    :param list packages: package names; without ``sid``, what they depend on and the machine lacks comes along
    :param bool sid: take them from the unstable suite, alone
    :return: the folder that now looks like ``/``
    :rtype: Path
    :raise Failure: no network, or a package that the archive does not have
    """
    root = cache() / "debian" / name
    if root.exists():
        return root
    folder = cache() / "apt" / ("sid" if sid else "own")
    options = _apt_options(folder, sid)
    if sid:
        (folder / "sources" / "sid.sources").write_text(
            f"Types: deb\nURIs: {_mirror()}\nSuites: sid\nComponents: main\n"
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        )
    logs = cache() / "logs"
    must_run("Reading Debian's list of packages", ["apt-get", *options, "update"], logs / f"update-{name}.log", NETWORK)
    wanted = packages if sid else _with_dependencies(packages, options)
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "deb").mkdir(parents=True)
    must_run(
        f"Fetching {name} ({len(wanted)} packages)",
        ["apt-get", *options, "download", *wanted],
        logs / f"fetch-{name}.log",
        NETWORK,
        cwd=partial / "deb",
    )
    say(f"==> Unpacking {name} …")
    for package in sorted((partial / "deb").glob("*.deb")):
        if subprocess.run(["dpkg", "-x", package, partial / "root"], check=False).returncode:
            raise Failure(f"{package.name} could not be unpacked: is the disk of {cache()} full?")
    os.rename(partial / "root", root)
    shutil.rmtree(partial)
    return root


def _with_dependencies(packages, options):
    """Return the packages and what they need that this machine does not have, as ``name=version``."""
    plan = subprocess.run(
        ["apt-get", *options, "--simulate", "--no-install-recommends", "install", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    if plan.returncode:
        raise Failure(f"Debian cannot install {' '.join(packages)} here: install it yourself, then try again.")
    found = []
    for line in plan.stdout.splitlines():
        if line.startswith("Inst "):
            package, _, rest = line[5:].partition(" ")
            found.append(f"{package}={rest.partition('(')[2].split()[0]}")
    return found
