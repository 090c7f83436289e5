"""Walks that failed once, as hypothesis printed them."""


def close_an_account(walk):
    """Who may not log in any more has no access of the role either."""
    walk.close_account(member="marc", opened=False)


def close_an_account_and_open_it_again(walk):
    """Who is back is in charge again of what she keeps."""
    walk.close_account(member="marc", opened=False)
    walk.close_account(member="marc", opened=True)


def reopen_the_only_contact(walk):
    """A first contact is counted from the day since when it is awaited, not from the last time it was planned."""
    walk.days_go_by(days=2)
    walk.write_of_renewal(days_ago=0, organisation="alpha", validate=True, who="helene")
    walk.days_go_by(days=15)
    walk.reopen(number=0, who="nadia")


def move_the_only_contact(walk):
    """The same, where it was another organisation's."""
    walk.days_go_by(days=7)
    walk.write_of_renewal(days_ago=17, organisation="gamma", validate=True, who="nadia")
    walk.move_synthesis(number=4, organisation="alpha", who="camille")


def take_what_was_moved_out_of_an_absence(walk):
    """Who has it now is not away: the sentence says how much later it is."""
    walk.take(organisation="delta", who="camille")
    walk.be_absent(begins=3, length=24, member="camille", who="camille")
    walk.attempt(organisation="delta", times=2, who="nadia")
    walk.take(organisation="delta", who="nadia")


def meet_on_a_holiday(walk):
    """A date that somebody chose in spite of it says what that day is."""
    walk.meet_from_organisation(days=26, hour=6, organisation="beta", who="camille")
    walk.move_date(days=26, organisation="alpha", who="camille")


def leave_the_loop_and_come_back(walk):
    """A first contact is counted from the return, and says so; a merge keeps since when it was a target."""
    walk.do_not_contact(name="alpha", silent=True, who="helene")
    walk.days_go_by(days=2)
    walk.do_not_contact(name="alpha", silent=False, who="helene")
    walk.archive(name="beta", who="nadia")
    walk.days_go_by(days=7)
    walk.restore(name="beta", who="nadia")
    walk.set_stage(organisation="gamma", stage="paused", who="nadia")
    walk.set_stage(organisation="gamma", stage="target", who="nadia")
    walk.days_go_by(days=1)
    walk.merge(into="alpha", other="gamma", who="nadia")


def move_what_falls_in_an_absence(walk):
    """What was moved says so, also once it is taken back or tried again."""
    walk.be_absent(begins=10, length=20, member="helene", who="helene")
    walk.move_what_an_absence_touches(number=0, who="helene")
    walk.attempt(organisation="alpha", times=1, who="helene")
    walk.take_back_attempt(organisation="alpha", who="helene")
    walk.come_back(number=0, who="helene")
