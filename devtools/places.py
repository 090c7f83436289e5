"""Where things lie: the checkout, and one cache folder outside it."""

import hashlib
import os
import pwd
import shutil
from pathlib import Path

from .console import Failure

CHECKOUT = Path(__file__).resolve().parent.parent
ADDONS = ("shifters_relations", "shifters_relations_events")
AS_ROOT = os.geteuid() == 0


def cache():
    """Return the folder that keeps what is provisioned, shared by all clones of one user.

    ``SHIFTERS_CACHE`` names it; otherwise ``/var/cache`` for root, whose home PostgreSQL's
    own user may not enter, and the user's cache folder for everybody else.
    """
    if named := os.environ.get("SHIFTERS_CACHE"):
        folder = Path(named).expanduser().absolute()
    elif AS_ROOT and not os.environ.get("XDG_CACHE_HOME"):
        folder = Path("/var/cache/shifters-relations")
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shifters-relations"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"Cannot write in {folder} ({error.strerror}): name another folder in SHIFTERS_CACHE.") from error
    return folder


def need_room(folder, gigabytes):
    """Refuse to begin what the disk cannot hold.

    :raise Failure: less than ``gigabytes`` GB are free
    """
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise Failure(
            f"{folder} has {free:.1f} GB free and {gigabytes} GB are needed: "
            "free some, or name a folder on a larger disk in SHIFTERS_CACHE."
        )


def addons_present():
    """Return the project's addons in this checkout, in the order in which they depend on each other."""
    return [name for name in ADDONS if (CHECKOUT / name / "__manifest__.py").exists()]


def fingerprint(*parts):
    """Return ten characters that change with any of the texts or files given."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else str(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:10]


def addons_fingerprint():
    """Return characters that change with every change of the addons' files, but of their tests: none is installed."""
    files = [
        path
        for name in addons_present()
        for path in sorted((CHECKOUT / name).rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and path.relative_to(CHECKOUT / name).parts[0] != "tests"
    ]
    return fingerprint(*(part for path in files for part in (str(path.relative_to(CHECKOUT)), path)))


def assets_fingerprint():
    """Return characters that change with the time of a script or style of the addons, as Odoo's bundles do."""
    files = [path for name in addons_present() for path in sorted((CHECKOUT / name / "static").rglob("*"))]
    return fingerprint(*(path.stat().st_mtime for path in files if path.is_file()))


def unprivileged_user():
    """Return the account that runs PostgreSQL when we are root, which it refuses to serve.

    :return: user id and group id
    """
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise Failure("PostgreSQL refuses to run as root and there is no user nobody here: run ./dev as another user.")


def reachable_by_others(folder):
    """Return whether an account that is neither owner nor group may enter the folder."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def postgres_home():
    """Return the folder of the database cluster: in the cache, unless its user could not enter it."""
    folder = cache()
    if AS_ROOT and not reachable_by_others(folder):
        folder = Path("/var/tmp") / f"shifters-relations-{fingerprint(str(folder))}"
        folder.mkdir(mode=0o755, exist_ok=True)
        if folder.stat().st_uid != 0:
            raise Failure(f"{folder} belongs to somebody else: remove it, or name a folder in SHIFTERS_CACHE.")
    return folder
