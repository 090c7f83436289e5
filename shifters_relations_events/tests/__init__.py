from . import (
    test_answer_page,
    test_audience,
    test_check,
    test_edition,
    test_internal_news,
    test_mailing,
    test_network_call,
    test_privacy,
    test_rights,
    test_seats,
    test_translation,
    test_views,
)
