"""Check digits: what tells a number that identifies somebody from one that only looks like it."""

from __future__ import annotations

from collections import Counter
from typing import Final

# ISO 13616: how long the number of each country is. A country that is missing has no IBAN.
IBAN_LENGTHS: Final = {
    country: length
    for length, countries in (
        (15, "NO"),
        (16, "BE"),
        (18, "DK FO FI GL NL SD"),
        (19, "MK SI"),
        (20, "AT BA EE KZ LT LU MN XK"),
        (21, "CH HR LI LV"),
        (22, "BG BH CR DE GB GE IE ME RS VA"),
        (23, "AE GI IL IQ OM SO TL"),
        (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
        (25, "LY PT ST"),
        (26, "IS TR"),
        (27, "BI DJ FR GR IT MC MR SM"),
        (28, "AL AZ BY CY DO GT HU LB NI PL SV"),
        (29, "BR EG PS QA UA"),
        (30, "JO KW MU YE"),
        (31, "MT SC"),
        (32, "LC"),
        (33, "RU"),
    )
    for country in countries.split()
}
_DNI_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
# The values of odd-placed characters in an Italian fiscal code, for 0-9 and A-Z alike.
_FISCAL_ODD: Final = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)


def digits_of(text: str) -> str:
    """The decimal digits of a text, in any script, as 0-9."""
    found = "".join(filter(str.isdecimal, text))
    return found if found.isascii() else "".join(str(int(character)) for character in found)


def passes_luhn(digits: str) -> bool:
    """ISO 7812: payment cards."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(compact: str) -> bool:
    """A whole IBAN in capitals without spaces: a country's length, and mod 97."""
    if IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def is_german_tax_id(digits: str) -> bool:
    """Eleven digits: ISO 7064 mod 11,10, and one digit occurs twice or thrice among the first ten."""
    if len(digits) != 11 or digits[0] == "0":
        return False
    if sorted(count for count in Counter(digits[:10]).values() if count > 1) not in ([2], [3]):
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_french_nir(digits: str) -> bool:
    """Thirteen digits of a French social security number and its key, mod 97."""
    return len(digits) == 15 and digits[0] in "12" and 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_spanish_dni(compact: str) -> bool:
    """Eight digits, or X, Y or Z and seven, and their letter, mod 23."""
    number = compact[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdecimal() and len(number) == 8 and _DNI_LETTERS[int(number) % 23] == compact[-1]


def is_italian_fiscal_code(compact: str) -> bool:
    """Sixteen characters, the last of which checks the others."""
    total = 0
    for place, character in enumerate(compact[:15]):
        value = int(character) if character.isdecimal() else ord(character) - ord("A")
        total += value if place % 2 else _FISCAL_ODD[value]
    return len(compact) == 16 and chr(ord("A") + total % 26) == compact[15]


def is_swiss_ahv(digits: str) -> bool:
    """Thirteen digits that begin with 756: the check digit of EAN-13."""
    if len(digits) != 13 or not digits.startswith("756"):
        return False
    return sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(digits)) % 10 == 0


def is_dutch_bsn(digits: str) -> bool:
    """Nine digits that pass the test of eleven."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(digits) == 9 and sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0


def is_polish_pesel(digits: str) -> bool:
    """Eleven digits with weights 1, 3, 7, 9."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return len(digits) == 11 and sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 10 == 0


def is_us_ssn(digits: str) -> bool:
    """Nine digits in the ranges that were ever given out; there is no check digit."""
    area = digits[:3]
    given = area not in ("000", "666") and area[0] != "9"
    return len(digits) == 9 and given and digits[3:5] != "00" and digits[5:] != "0000"
