from . import (
    test_answer_page,
    test_audience,
    test_edition,
    test_internal_news,
    test_mailing,
    test_network_call,
    test_privacy,
    test_seats,
    test_translation,
)
