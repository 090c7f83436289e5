"""What mails say, read without a database."""

import doctest

from pure import load

mail_reading = load("mail_reading")


def test_examples():
    outcome = doctest.testmod(mail_reading)
    assert outcome.attempted > 5 and not outcome.failed
