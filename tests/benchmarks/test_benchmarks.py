"""Each benchmark at its smallest size: that it still runs, and ends."""

import re

import pytest
from test_dev import dev

from devtools import bench

BENCHMARKS = sorted(path.stem for path in bench.BENCHMARKS.glob("*.py") if "\ndef run(" in path.read_text())
# The one whose rows are written in SQL beside the models.
IN_EVERY_RUN = ("scale",)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.smallest] * (name in IN_EVERY_RUN)) for name in BENCHMARKS]
)
def test_it_runs_at_its_smallest_size_and_ends(odoo, name):
    answer = dev("bench", "--smallest", name)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert re.search(rf"(?m)^{name} +size +ours +beside it", answer.stdout)
    assert "FAILED" not in answer.stdout
