"""A walk that nobody planned: what people can do, in any order, and what must be true after each step."""

import os
import subprocess
import time

import pytest
from conftest import CHECKOUT, SMALLEST, size

WALKS, STEPS = size(120, 1), size(50, 15)
SEED = os.environ.get("WALK_SEED") or ("1" if SMALLEST else str(int(time.time())))


def walk(odoo, database, *arguments):
    """Walk in a process of its own, whose clock is set by hand, and note what it says of it."""
    command = [odoo.python, "-B", CHECKOUT / "tests" / "walk", database, *map(str, arguments)]
    done = subprocess.run(command, env=odoo.environment, capture_output=True, text=True, check=False)
    said = f"{done.stdout}{done.stderr}"
    if "FIGURES" in os.environ:
        with open(os.environ["FIGURES"], "a") as figures:
            figures.write(done.stdout)
    assert not done.returncode, f"Again: WALK_SEED={SEED} ./dev test walk\n{said[-8000:]}"


@pytest.mark.smallest
def test_what_walks_have_found_stays_mended(odoo, plain_database):
    walk(odoo, plain_database, "examples")


@pytest.mark.smallest
def test_whatever_the_team_does_everything_stays_true(odoo, plain_database):
    walk(odoo, plain_database, WALKS, STEPS, SEED)
