"""The morning's mails, the sending process killed again and again (C5)."""

import random
import time

from test_reminder import REMIND, everybody, team  # noqa: F401

KILLS = 6


def test_killed_at_any_point_and_run_again_nobody_gets_two(odoo, team, postbox):  # noqa: F811
    postbox.delay = 0.05
    dice = random.Random(11)
    kills = 0
    for _attempt in range(KILLS):
        postbox.something_came.clear()
        job = odoo.start_in_shell(team, REMIND.replace("DAY", "11"))
        while not postbox.something_came.wait(0.05) and job.poll() is None:
            pass
        if job.poll() is not None:
            break
        time.sleep(dice.uniform(0, 0.25))
        job.kill()
        job.wait()
        kills += 1
    odoo.run_in_shell(team, REMIND.replace("DAY", "11"))
    assert kills >= 3
    assert not [address for address, count in postbox.received.items() if count > 1]
    lost = everybody() - set(postbox.received)
    assert len(lost) <= kills, f"{kills} kills lost {lost}"
    odoo.run_in_shell(team, REMIND.replace("DAY", "12"))
    assert everybody() <= set(postbox.received), "the next day's reaches those too"
