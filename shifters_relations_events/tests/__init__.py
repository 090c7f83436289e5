from . import test_answer_page, test_audience, test_edition, test_mailing, test_seats, test_translation
