"""What registers know organisations by, without Odoo."""

import re

from stdnum.fr import siren, siret

SIREN, SIRET, MOST_ZEROS = 9, 14, 2
RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
BETWEEN = re.compile(r"[\W_]+")


def read_siren(written, is_number=False):
    r"""Return the SIREN that somebody wrote: nine digits; of a SIRET, the first nine. Empty if it is none.

    :param is_number: a spreadsheet took it for a number, and dropped the zeros that it begins with

    >>> read_siren("775 672 272"), read_siren("775.672.272 21138"), read_siren("775672272\u200b"), read_siren(775672272)
    ('775672272', '775672272', '775672272', '775672272')
    >>> read_siren("775672273"), read_siren("77567227200012"), read_siren("W751184083"), read_siren(None)
    ('', '', '', '')
    >>> read_siren("5520135"), read_siren("5520135", is_number=True)
    ('', '005520135')
    """
    digits = BETWEEN.sub("", str(written or ""))
    if is_number:
        lengths = [length for length in (SIREN, SIRET) if length - MOST_ZEROS <= len(digits) <= length]
        digits = digits.zfill(lengths[0]) if lengths else digits
    if not digits.isascii():
        return ""
    return digits[:SIREN] if siren.is_valid(digits) or siret.is_valid(digits) else ""


def read_rna(written):
    """Return the number that the register of associations gave: W and nine signs. Empty if it is none.

    >>> read_rna("w751 184 083"), read_rna("W9T1002867"), read_rna("751184083"), read_rna("W75118408")
    ('W751184083', 'W9T1002867', '', '')
    """
    number = BETWEEN.sub("", str(written or "")).upper()
    return number if RNA.fullmatch(number) else ""
