"""docker-compose.yml, read back: where the tests run there is no container engine."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parent.parent
TEXT = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(TEXT)["services"]
VOLUMES = yaml.safe_load(TEXT)["volumes"]
ADDONS_FOLDER = "/mnt/extra-addons"

needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="bash is needed to run the install service's script")


def interpolated(text, **environment):
    """The text as Compose hands it over: ``$$`` is a dollar, ``${NAME:-default}`` the environment's or the default."""

    def replaced(match):
        if match[0] == "$$":
            return "$"
        assert match["name"], f"Compose would replace or refuse the dollar in {text[match.start() :][:30]!r}"
        return environment.get(match["name"]) or match["default"]

    return re.sub(r"\$\$|\$\{(?P<name>\w+):-(?P<default>[^}]*)\}|\$", replaced, text)


def environment_of(service):
    """A service's environment, whether it is written as a mapping or as a list."""
    given = SERVICES[service].get("environment", {})
    return dict(item.split("=", 1) for item in given) if isinstance(given, list) else given


def dependencies(service):
    """What a service waits for, by name, with the condition."""
    given = SERVICES[service].get("depends_on", {})
    if isinstance(given, list):
        return dict.fromkeys(given, "service_started")
    return {name: details["condition"] for name, details in given.items()}


def mounts(service):
    """The mounts of a service in short form, as (source, target, mode)."""
    return [(*item.split(":"), "rw")[:3] for item in SERVICES[service].get("volumes", [])]


def is_bind(source):
    return source.startswith((".", "/", "~"))


def command(service):
    """The whole command line of a service, as its container gets it."""
    parts = [*SERVICES[service].get("entrypoint", []), *SERVICES[service].get("command", [])]
    return [interpolated(part) for part in parts]


def addons_in(folder):
    return {manifest.parent.name for manifest in folder.glob("*/__manifest__.py")}


def test_dollars_are_escaped():
    assert "$$" in TEXT
    assert "$" not in interpolated(TEXT.replace("$$", ""))


def dockerfile(service):
    """The instructions that a service's image is built with, as (keyword, words)."""
    lines = interpolated(SERVICES[service]["build"]["dockerfile_inline"]).splitlines()
    return [tuple(line.split(None, 1)) for line in lines]


def test_odoo_is_its_own_image_with_what_our_imports_read_with():
    assert dockerfile("install") == dockerfile("odoo")
    (start, image), (_as, root), (run, pip), (_then, user) = dockerfile("odoo")
    assert (start, image) == ("FROM", "odoo:19.0")
    assert (run, root, user) == ("RUN", "root", "odoo"), "Odoo does not run as root"
    assert "--break-system-packages" in pip, "Debian's and Ubuntu's pip refuse to install beside their own packages"
    pinned = (CHECKOUT / "requirements" / "python3.12.txt").read_text(encoding="utf-8").splitlines()
    packages = [word for word in pip.split() if "==" in word]
    assert {package.split("==")[0] for package in packages} == {
        "icalendar",
        "ijson",
        "python-calamine",
        "recurring-ical-events",
    }
    assert set(packages) <= set(pinned)


def test_images_are_pinned():
    images = {name: service.get("image") or dockerfile(name)[0][1] for name, service in SERVICES.items()}
    for name, image in images.items():
        assert re.fullmatch(r"[a-z][a-z0-9./_-]*:v?\d[\w.-]*", image), f"{name}: {image} has no version as its tag"


def test_what_is_mounted_from_the_checkout_exists_and_is_read_only():
    bound = [(service, *mount) for service in SERVICES for mount in mounts(service) if is_bind(mount[0])]
    assert {service for service, *_rest in bound} == {"install", "odoo"}
    for service, source, _target, mode in bound:
        assert (CHECKOUT / source).exists(), f"{service}: {source} would be created, empty, and owned by root"
        assert mode == "ro", f"{service}: {source} can be written to"


def test_named_volumes_are_declared_and_used():
    used = {source for service in SERVICES for source, _target, _mode in mounts(service) if not is_bind(source)}
    assert used == set(VOLUMES)


def test_what_must_last_lies_in_a_volume():
    def kept(service):
        return {target: source for source, target, _mode in mounts(service) if not is_bind(source)}

    assert "/var/lib/postgresql/data" in kept("db")
    assert kept("install")["/var/lib/odoo"] == kept("odoo")["/var/lib/odoo"]


@pytest.mark.parametrize("service", ["install", "odoo"])
def test_the_addons_folder_holds_addons(service):
    sources = [CHECKOUT / source for source, target, _mode in mounts(service) if target == ADDONS_FOLDER]
    assert len(sources) == 1
    addons = addons_in(sources[0])
    assert addons
    for addon in addons:
        assert (sources[0] / addon / "__init__.py").is_file()
        manifest = ast.literal_eval((sources[0] / addon / "__manifest__.py").read_text(encoding="utf-8"))
        assert manifest.get("installable", True)
        assert manifest["version"].startswith("19.0."), f"{addon} is not for the image's Odoo"


def test_the_addons_named_are_addons_of_the_checkout():
    named = set(re.findall(r"shifters_\w+", TEXT))
    assert named
    assert named <= addons_in(CHECKOUT)


def test_services_depended_on_exist():
    for service in SERVICES:
        for name, condition in dependencies(service).items():
            assert name in SERVICES, f"{service} waits for {name}, which does not exist"
            if condition == "service_healthy":
                assert "healthcheck" in SERVICES[name], f"{service} would wait for {name} for ever"


def test_the_database_then_the_addons_then_odoo():
    assert dependencies("install")["db"] == "service_healthy"
    assert dependencies("odoo")["install"] == "service_completed_successfully"
    assert "restart" not in SERVICES["install"], "Odoo would never start"


def test_the_database_says_when_it_is_ready():
    check = SERVICES["db"]["healthcheck"]["test"]
    assert check[:2] == ["CMD", "pg_isready"]
    assert check[check.index("-U") + 1] == environment_of("db")["POSTGRES_USER"]
    assert "-h" in check, "by its socket PostgreSQL seems ready while its volume is still being prepared"


def test_no_password_is_written_down():
    found = []
    for service in SERVICES:
        for name, value in environment_of(service).items():
            if "PASSWORD" in name:
                found.append((service, name))
                assert re.fullmatch(r"\$\{[A-Z_]+:-\w+\}", value), f"{service}: {name} cannot be changed from outside"
        assert not [part for part in command(service) if "password" in part.lower()]
    assert ("db", "POSTGRES_PASSWORD") in found


@pytest.mark.parametrize("service", ["install", "odoo"])
@pytest.mark.parametrize("outside", [{}, {"POSTGRES_PASSWORD": "sésame"}])
def test_odoo_reaches_the_database(service, outside):
    database, odoo = environment_of("db"), environment_of(service)
    assert odoo["PGHOST"] in SERVICES
    assert SERVICES[odoo["PGHOST"]] is SERVICES["db"]
    assert odoo["PGUSER"] == database["POSTGRES_USER"] != "postgres", "Odoo refuses the user postgres"
    password = interpolated(odoo["PGPASSWORD"], **outside)
    assert password == interpolated(database["POSTGRES_PASSWORD"], **outside)
    assert password == outside.get("POSTGRES_PASSWORD", password)


def test_ports_are_published_on_this_machine_only():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert sorted(published) == ["127.0.0.1:8025:8025", "127.0.0.1:8069:8069"]


def test_odoo_serves_one_database():
    options = command("odoo")
    assert options[0] == "odoo"
    assert "--unaccent" in options
    assert "--no-database-list" in options
    (pattern,) = [part.removeprefix("--db-filter=") for part in options if part.startswith("--db-filter=")]
    databases = ["relations", "relations_old", "my_relations", "postgres"]
    assert [name for name in databases if re.match(pattern, name)] == ["relations"]
    assert environment_of("odoo")["PGDATABASE"] == environment_of("install")["PGDATABASE"] == "relations"


def test_mail_goes_to_the_catcher():
    options = command("odoo")
    assert "--smtp=mail" in options
    assert "--smtp-port=1025" in options
    assert "mail" in dependencies("odoo")
    assert SERVICES["mail"]["image"].startswith("axllent/mailpit:")


@pytest.fixture
def install(tmp_path):
    """The install service's command, run in a folder of addons, with an Odoo and a psql that only listen."""
    programs = tmp_path / "bin"
    programs.mkdir()
    calls = tmp_path / "odoo.args"
    asked = tmp_path / "psql.args"

    def program(name, script):
        path = programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(folder, *arguments, psql="exit 2", code=0):
        program("odoo", f"printf '%s\\0' \"$@\" >> '{calls}'; exit {code}")
        program("psql", f"printf '%s\\0' \"$@\" >> '{asked}'; {psql}")
        done = subprocess.run(
            [*command("install"), *arguments],
            cwd=folder,
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        given = calls.read_text(encoding="utf-8").split("\0")[:-1] if calls.exists() else None
        query = asked.read_text(encoding="utf-8") if asked.exists() else ""
        return done, given, query

    assert SERVICES["install"]["working_dir"] == ADDONS_FOLDER
    return run


def installed(arguments):
    """The addons named after ``-i``, which comes once."""
    assert arguments.count("-i") == 1
    return sorted(arguments[arguments.index("-i") + 1].split(","))


@needs_bash
def test_install_takes_the_addons_of_the_checkout_and_french(install):
    done, arguments, _query = install(CHECKOUT)
    assert done.returncode == 0, done.stderr
    assert installed(arguments) == sorted(addons_in(CHECKOUT))
    options = sorted(argument for argument in arguments if argument.startswith("-"))
    assert options == ["--load-language=fr_FR", "--no-http", "--stop-after-init", "--unaccent", "-i"], (
        "without --unaccent here the extension is never made: Odoo makes it with the database"
    )


@needs_bash
@pytest.mark.parametrize(
    "present", [["shifters_relations"], ["shifters_relations", "shifters_relations_events"]], ids=["one", "two"]
)
def test_install_takes_only_addons_that_are_there(install, tmp_path, present):
    for name in [*present, "somebody_elses"]:
        (tmp_path / "addons" / name).mkdir(parents=True)
        (tmp_path / "addons" / name / "__manifest__.py").write_text("{}", encoding="utf-8")
    (tmp_path / "addons" / "shifters_relations_events" / "__pycache__").mkdir(parents=True)
    _done, arguments, _query = install(tmp_path / "addons")
    assert installed(arguments) == present


@needs_bash
def test_install_loads_french_once(install):
    done, arguments, query = install(CHECKOUT, psql="echo 1")
    assert done.returncode == 0, done.stderr
    assert installed(arguments) == sorted(addons_in(CHECKOUT))
    assert "--load-language=fr_FR" not in arguments, "it would overwrite the translations that people changed"
    assert "fr_FR" in query


@needs_bash
def test_install_loads_french_in_a_database_that_lacks_it(install):
    _done, arguments, _query = install(CHECKOUT, psql="exit 0")
    assert "--load-language=fr_FR" in arguments


@needs_bash
@pytest.mark.parametrize("psql", ["exit 2", "echo 1"])
def test_install_hands_its_arguments_to_odoo(install, psql):
    _done, arguments, _query = install(CHECKOUT, "--with-demo", "-u", "shifters relations", psql=psql)
    assert arguments[-3:] == ["--with-demo", "-u", "shifters relations"]


@needs_bash
def test_install_fails_when_odoo_fails(install):
    done, _arguments, _query = install(CHECKOUT, code=3)
    assert done.returncode == 3


@needs_bash
def test_install_fails_without_addons(install, tmp_path):
    (tmp_path / "empty").mkdir()
    done, arguments, _query = install(tmp_path / "empty")
    assert done.returncode != 0
    assert arguments is None
