"""docker-compose.yml, read back: where the tests run there is no container engine."""

import ast
import configparser
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
CLUSTER = {"server-a", "server-b", "haproxy", "replica"}  # what the profile adds
ODOO = ("install", "odoo", "server-a", "server-b")

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
    assert all(dockerfile(service) == dockerfile("install") for service in ODOO)
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
    assert {service for service, *_rest in bound} == {*ODOO, "db", "replica", "haproxy"}
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
    assert len({kept(service)["/var/lib/odoo"] for service in ODOO}) == 1, "files and sessions are everybody's"
    assert kept("replica")["/var/lib/postgresql/data"] != kept("db")["/var/lib/postgresql/data"]


@pytest.mark.parametrize("service", ODOO)
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


@pytest.mark.parametrize("service", ODOO)
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
    assert sorted(published) == ["127.0.0.1:8025:8025", "127.0.0.1:8069:8069", "127.0.0.1:8080:8080"]


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


DEPLOYMENT = CHECKOUT / "deployment"


def get_mounted(service):
    """The files of the deployment that a service is given, by where they are put."""
    given = {target: Path(source) for source, target, _mode in mounts(service) if source.startswith("./deployment/")}
    return {target: CHECKOUT / source for target, source in given.items()}


def test_without_the_profile_nothing_of_the_cluster_starts():
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["cluster"]} == CLUSTER
    assert all("profiles" not in SERVICES[name] for name in SERVICES.keys() - CLUSTER)
    assert not {name for one in SERVICES.keys() - CLUSTER for name in dependencies(one)} & CLUSTER


def test_two_servers_differ_in_nothing_but_their_names():
    assert SERVICES["server-a"] == SERVICES["server-b"]
    options = command("server-a")
    assert get_mounted("server-a") == {"/etc/odoo/odoo.conf": DEPLOYMENT / "odoo.conf"}
    assert "--config=/etc/odoo/odoo.conf" in options
    assert {"--db-filter=^relations$", "--smtp=mail", "--data-dir=/var/lib/odoo"} <= {*options, *command("odoo")}
    assert f"--addons-path={ADDONS_FOLDER}" in options
    assert dependencies("server-a")["install"] == "service_completed_successfully"
    settings = configparser.ConfigParser()
    settings.read(DEPLOYMENT / "odoo.conf")
    options = settings["options"]
    assert (options["proxy_mode"], options["list_db"], options["unaccent"]) == ("True", "False", "True")
    assert int(options["workers"]) > 0, "websockets have a port of their own with worker processes alone"


def test_haproxy_stands_before_the_servers():
    assert get_mounted("haproxy") == {"/usr/local/etc/haproxy/haproxy.cfg": DEPLOYMENT / "haproxy.cfg"}
    text = (DEPLOYMENT / "haproxy.cfg").read_text(encoding="utf-8")
    usual = dict(re.findall(r'"\$\{(\w+)(?:\[\*\])?-([^}]*)\}', text))
    addresses = {name: address for name, address in usual.items() if name.startswith(("SERVER", "WEBSOCKETS"))}
    assert len(addresses) == 4
    for name, address in addresses.items():
        server, port = address.split(":")
        assert server in dependencies("haproxy")
        assert port == ("8069" if name.startswith("SERVER") else "8072"), "Odoo's own"
    assert SERVICES["haproxy"]["ports"] == [f"127.0.0.1:8080{usual['MEMBERS']}"]
    workers = int(re.search(r"workers = (\d+)", (DEPLOYMENT / "odoo.conf").read_text())[1])
    assert f"maxconn {4 * workers} " in text, "four for each worker"


def test_the_copy_follows_the_database():
    assert dependencies("replica")["db"] == "service_healthy"
    assert command("replica")[-3:] == command("db"), "the same settings"
    assert get_mounted("replica") == get_mounted("db")
    for part in command("db")[1:]:
        assert part.partition("=")[2] in get_mounted("db")
    assert environment_of("replica")["PGHOST"] == "db"
    assert environment_of("replica")["PGPASSWORD"] == environment_of("db")["POSTGRES_PASSWORD"]
    assert SERVICES["replica"]["image"] == SERVICES["db"]["image"], "a copy is of the same version"
    assert SERVICES["replica"]["user"] == "postgres", "it refuses root"
    lines = (DEPLOYMENT / "pg_hba.conf").read_text(encoding="utf-8").splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert ["host", "replication", environment_of("replica")["PGUSER"], "all", "scram-sha-256"] in rules
    trusted = [rule for rule in rules if rule[-1] == "trust"]
    assert all(rule[0] == "local" or rule[3] in ("127.0.0.1/32", "::1/128") for rule in trusted)


@needs_bash
@pytest.mark.parametrize("begun", [False, True])
def test_the_copy_is_begun_once(tmp_path, begun):
    calls = tmp_path / "calls"
    for name in ("pg_basebackup", "docker-entrypoint.sh"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {calls}\n', encoding="utf-8")
        program.chmod(0o755)
    if begun:
        (tmp_path / "PG_VERSION").write_text("17")
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PGDATA": str(tmp_path)}
    subprocess.run(command("replica"), env={**os.environ, **environment}, check=True, timeout=60)
    copy = f"pg_basebackup -D {tmp_path} -R -X stream -C -S reader --checkpoint=fast"
    start = " ".join(["docker-entrypoint.sh", *command("db")])
    assert calls.read_text(encoding="utf-8").splitlines() == [start] if begun else [copy, start]


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
