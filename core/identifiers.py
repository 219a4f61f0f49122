"""Checks of the identifiers that China's records are full of; pure functions of text.

Two kinds are wanted: division codes (行政区划代码) and unified social credit codes
(统一社会信用代码) say which unit a record is about, and a wrong digit should be found at the door.

    division_code("310114103001")           True
    uscc("11310114MB00010100")              True

One kind is not wanted: the number of a resident's identity card. `resident_id_in` looks for it
only so that a record which holds one can be refused. Keeping a digest instead would be no better:
with the region and the year of birth known, some 3.7 × 10⁵ numbers are left to try. It guards
against slips (a column pasted too many), not against somebody who means to smuggle.

Sources: GB/T 2260 and GB/T 10114 (division codes), GB 32100-2015 (credit codes), GB 11643-1999
(resident ids), GB 11714 (organisation codes).
"""

import re
from datetime import date, timedelta
from unicodedata import normalize

from lianjian.core.errors import BadDivisionCode, BadUscc, ResidentIdFound, Words

# GB/T 2260: first two digits of every division code and of every resident id.
PROVINCES = frozenset(
    f"{region}{n}"
    for region, provinces in {
        1: "12345",  # 北京 天津 河北 山西 内蒙古
        2: "123",  # 辽宁 吉林 黑龙江
        3: "1234567",  # 上海 江苏 浙江 安徽 福建 江西 山东
        4: "123456",  # 河南 湖北 湖南 广东 广西 海南
        5: "01234",  # 重庆 四川 贵州 云南 西藏
        6: "12345",  # 陕西 甘肃 青海 宁夏 新疆
        7: "1",  # 台湾
        8: "12",  # 香港 澳门
    }.items()
    for n in provinces
)

_DIVISION = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")

# GB 32100-2015 table 1: digits and capitals without I, O, S, V, Z, worth 0 … 30 in this order.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WORTH = {character: worth for worth, character in enumerate(USCC_ALPHABET)}
# The weight of place i (from 1) is 3^(i-1) mod 31.
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
# The registering authority (1-9, A the armed forces, N agriculture, Y others; python-stdnum 2.2
# refuses the letters), the kind of organisation, a region, an organisation code, a check character.
_USCC = re.compile(rf"[1-9ANY][{USCC_ALPHABET}][0-9]{{6}}[{USCC_ALPHABET}]{{10}}")

# GB 11643-1999: the weight of place i (from the left, 17 places) is 2^(18-i) mod 11.
_RESIDENT_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
_RESIDENT_CHECKS = "10X98765432"
# Residence permits of people from Hong Kong, Macao and Taiwan carry these in place of a county.
_PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})

# What people put between the groups of a number (310114 19900307 123X): spaces and hyphens, the
# full-width ones and the dashes too. NFKC turns some of them into plain ones, but not all.
_BETWEEN = r"\s\-－﹣‐-―−"
# Nearly every text has no such number, and this says so in some 1.5 µs for 200 characters: a digit
# that a province begins with, and 16 more digits or separators. Raw text, hence the full-width
# digits, which a Chinese input method types.
_PERHAPS = re.compile(rf"[1-8１-８][0-9０-９{_BETWEEN}]{{16}}")
# 18 places that are not part of a longer run of letters and digits (that would be a digest or
# another number). The lookahead lets the search begin anew inside "12 310114…".
_CANDIDATE = re.compile(
    rf"(?<![0-9A-Za-z])(?=([1-8](?:[{_BETWEEN}]{{0,3}}[0-9]){{16}}[{_BETWEEN}]{{0,3}}[0-9Xx])"
    r"(?![0-9A-Za-z]))"
)
_SEPARATORS = re.compile(rf"[{_BETWEEN}]+")


def division_code(code: str) -> bool:
    """Tell whether `code` is a possible division code: 6, 9 or 12 digits that begin in a province.

    No more is asked, because the real lists hold all the rest: streets 4xx and 5xx and villages 4xx
    (菊园新区 310114401, 嘉龙社区居委会 310114118401), and counties 00 (东莞 441900 has streets but no
    districts).
    """
    return _DIVISION.fullmatch(code) is not None and code[:2] in PROVINCES


def uscc_check_character(body: str) -> str:
    """Return the 18th character that belongs to the first 17 (GB 32100-2015, after GB/T 17710).

    `body` holds characters of `USCC_ALPHABET` only.
    """
    total = sum(w * _USCC_WORTH[c] for w, c in zip(_USCC_WEIGHTS, body, strict=True))
    # The outer remainder matters: npm stdnum 1.12.0 lacks it and refuses every code whose sum is 0.
    return USCC_ALPHABET[(31 - total % 31) % 31]


def uscc(code: str) -> bool:
    """Tell whether `code` is a valid unified social credit code, written in capitals.

    Its check character finds every single wrong character and every swap of two neighbours. The
    check digit of the organisation code inside (places 9-17, GB 11714) is not asked for: it finds
    none of these errors that is not found already, and would refuse 11310114MB00010100, in which
    it ought to be 1.
    """
    return _USCC.fullmatch(code) is not None and uscc_check_character(code[:17]) == code[17]


def resident_id_in(text: str, today: date | None = None) -> str | None:
    """Return the first thing in `text` that reads as a resident id number, or None.

    That is 18 places in any surroundings but letters and digits, spaces and hyphens between them
    allowed, with a right check digit, a possible region and a possible date of birth (from 1900
    until tomorrow, for clocks differ; `today` is for tests). The result is as it stands in the
    NFKC form of `text`. Do not print it.

    The 15 digits issued until 1999 are not looked for: they have no check digit, so one in some
    eighty harmless numbers would be refused, and they have not been valid since 2013. Neither are
    the permits of foreigners (9…), which look like the credit codes of enterprises.
    """
    if _PERHAPS.search(text) is None:
        return None
    latest = (today or date.today()) + timedelta(days=1)
    for match in _CANDIDATE.finditer(normalize("NFKC", text)):
        if _is_resident_id(_SEPARATORS.sub("", match[1]).upper(), latest):
            return match[1]
    return None


def _is_resident_id(number: str, latest: date) -> bool:
    """Tell whether 18 places are a resident id; the cheapest test that refuses most comes first."""
    return (
        _is_birthday(number[6:14], latest)
        and _is_home(number[:6])
        and _resident_check_character(number[:17]) == number[17]
    )


def _is_birthday(digits: str, latest: date) -> bool:
    if not "19000101" <= digits <= f"{latest:%Y%m%d}":
        return False
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True


def _is_home(region: str) -> bool:
    """Tell whether a resident id can begin like this.

    County 00 is possible: 东莞, 中山 and 嘉峪关 have no districts. A prefecture 00 is not. Whether the
    county exists cannot be asked: ids keep the code of a county that is long gone.
    """
    return region in _PERMIT_REGIONS or (region[:2] in PROVINCES and region[2:4] != "00")


def _resident_check_character(body: str) -> str:
    total = sum(w * int(c) for w, c in zip(_RESIDENT_WEIGHTS, body, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def valid_division_code(_instance: object, _attribute: object, value: str) -> None:
    """Refuse what is no division code; an attrs validator."""
    if not division_code(value):
        _refuse_resident_id(value)
        raise BadDivisionCode(value=value)


def valid_uscc(_instance: object, _attribute: object, value: str) -> None:
    """Refuse what is no unified social credit code; an attrs validator."""
    if not uscc(value):
        _refuse_resident_id(value)
        raise BadUscc(value=value, why=_uscc_trouble(value))


def _refuse_resident_id(value: str) -> None:
    """Name the slip of the wrong column without quoting it: errors end up in terminals and mails."""
    if resident_id_in(value) is not None:
        raise ResidentIdFound


def _uscc_trouble(code: str) -> Words:
    """Say what is wrong: a form to look at, or a character to compare with the certificate."""
    if _USCC.fullmatch(code) is None:
        return Words(
            "应为18位大写字母或数字，不含 I、O、S、V、Z，第3至8位为数字",
            "18 capitals and digits without I, O, S, V, Z; places 3 to 8 are digits",
        )
    check = uscc_check_character(code[:17])
    return Words(
        f"校验码不符：前17位如无误，末位应为 {check}",
        f"check character: if the first 17 are right, the last is {check}",
    )
