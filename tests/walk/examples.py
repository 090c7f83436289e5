"""Walks that failed once, as hypothesis printed them."""


def close_an_account(walk):
    """Who may not log in any more has no access of the role either."""
    walk.close_account(member="marc", opened=False)


def close_an_account_and_open_it_again(walk):
    """Who is back is in charge again of what she keeps."""
    walk.close_account(member="marc", opened=False)
    walk.close_account(member="marc", opened=True)
