"""`python tests/walk TEMPLATE examples`, or `python tests/walk TEMPLATE WALKS STEPS SEED`.

A walk that fails is made as short as it can be, and printed: its lines are an example for ``examples.py``.
"""

import os
import sys

import examples
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from machine import Walk
from world import World


def walk_examples():
    """Walk what was found once."""
    found = [value for name, value in vars(examples).items() if callable(value) and value.__module__ == "examples"]
    for example in found:
        walk = Walk()
        try:
            example(walk)
        except BaseException:
            print(f"In the example: {example.__doc__}", file=sys.stderr)
            raise
    return f"{len(found)} examples"


def walk_at_random(walks, steps, number):
    """Walk where nobody has been.

    :param int walks: how many
    :param int steps: of each, at most
    :param int number: the same gives the same walks
    """
    chosen = settings(
        max_examples=walks,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    run_state_machine_as_test(seed(number)(Walk), settings=chosen)
    return f"{Walk.steps} steps of {walks} walks ({Walk.done} acts, {Walk.refused} refusals), seed {number}"


def main(template, *numbers):
    """Walk on a copy of a database."""
    started = os.times().elapsed  # the clock of the walk is another one
    Walk.world = World(template)
    try:
        done = walk_examples() if numbers == ("examples",) else walk_at_random(*map(int, numbers))
    finally:
        Walk.world.end()
    print(f"{done}: {os.times().elapsed - started:.0f} s")


main(*sys.argv[1:])
