"""Identifiers against public ones, against the standards' guarantees, against a slow second reading.

No number of a real person is here: resident ids are made up by `resident_ids`.
"""

from datetime import date, timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from attrs import define, field
from hypothesis import assume, given
from hypothesis import strategies as st

from lianjian.core.errors import BadDivisionCode, BadUscc, ResidentIdFound
from lianjian.core.identifiers import (
    PROVINCES,
    division_code,
    resident_id_in,
    uscc,
    uscc_check_character,
    valid_division_code,
    valid_uscc,
)

DATA = Path(__file__).parent / "data"
PUBLIC = (DATA / "uscc_valid_public.txt").read_text().split()
LISTS = sorted((DATA / "divisions").glob("jiading_[sv]*.csv"))
DIGITS = "0123456789"
ALPHABET = DIGITS + "".join(c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in "IOSVZ")
TODAY = date(2021, 8, 26)


# The standards read a second time, slowly, as sums that must vanish instead of characters to find.


def slow_uscc(code):
    """GB 32100-2015: Σ C(i)·3^(i-1) + C(18) ≡ 0 (mod 31)."""
    worth = [ALPHABET.index(c) for c in code]
    return (sum(worth[i] * 3**i for i in range(17)) + worth[17]) % 31 == 0


def slow_resident(number):
    """GB 11643-1999, after ISO 7064 MOD 11-2: Σ a(i)·2^(i-1) ≡ 1 (mod 11), i from the right."""
    worth = [10 if c == "X" else int(c) for c in number]
    return sum(worth[17 - i] * 2**i for i in range(18)) % 11 == 1


def with_check(body, characters, right):
    return next(body + c for c in characters if right(body + c))


@st.composite
def credit_codes(draw):
    body = draw(st.sampled_from("123456789ANY")) + draw(st.sampled_from(ALPHABET))
    body += draw(st.text(DIGITS, min_size=6, max_size=6))
    body += draw(st.text(ALPHABET, min_size=9, max_size=9))
    return with_check(body, ALPHABET, slow_uscc)


REGIONS = st.one_of(
    st.sampled_from(["810000", "820000", "830000", "441900", "310222", "310114"]),
    st.builds(
        "{}{:02}{:02}".format,
        st.sampled_from(sorted(PROVINCES)),
        st.integers(1, 99),
        st.integers(0, 99),
    ),
)


@st.composite
def resident_ids(draw):
    born = draw(st.dates(date(1900, 1, 1), TODAY + timedelta(days=1)))
    body = f"{draw(REGIONS)}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return with_check(body, "0123456789X", slow_resident)


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@st.composite
def surrounded(draw):
    """Draw a made-up id and any text on both sides that does not make its run longer."""
    number, before, after = draw(resident_ids()), draw(st.text()), draw(st.text())
    left, right = normalize("NFKC", before), normalize("NFKC", after)
    # A mark that composes with the X would make it another letter.
    assume(normalize("NFKC", before + number + after) == left + number + right)
    assume(not any(c.isascii() and c.isalnum() for c in left[-1:] + right[:1]))
    return number, before, after


# Division codes


@pytest.mark.parametrize("path", LISTS, ids=lambda p: p.stem)
def test_every_real_division_code_is_taken(path):
    for line in path.read_text("utf-8").splitlines()[1:]:
        code, _, parent = line.split(",")
        assert division_code(code)
        assert division_code(parent)


def test_division_codes_that_look_odd_and_are_real():
    assert len(LISTS) == 10
    for code in ("310114401", "310114118401", "441900003", "310000", "310114000000", "820000"):
        assert division_code(code), code


@pytest.mark.parametrize(
    "code",
    [
        *("", "31011", "3101141", "31011410", "3101140010", "3101140010011", "990114", "000000"),
        *("31011a", " 310114", "310114\n", "310-114", "３１０１１４", "٣١٠١١٤"),
    ],
)
def test_what_is_no_division_code(code):
    assert not division_code(code)


# Credit codes


@pytest.mark.parametrize("code", [*PUBLIC, "11310114MB00010100"])
def test_public_credit_codes_are_valid(code):
    assert uscc(code)
    assert slow_uscc(code)
    assert resident_id_in(code) is None
    assert resident_id_in(f"统一社会信用代码{code}。") is None


def test_there_are_57():
    assert len(set(PUBLIC)) == 57


@given(credit_codes())
def test_every_code_made_by_the_standard_is_valid(code):
    assert uscc(code)
    assert uscc_check_character(code[:17]) == code[17]


@given(st.text(ALPHABET, min_size=17, max_size=17))
def test_the_check_character_is_the_standards(body):
    assert with_check(body, ALPHABET, slow_uscc) == body + uscc_check_character(body)


@given(credit_codes(), st.integers(0, 17), st.characters(codec="ascii"))
def test_any_single_wrong_character_of_a_credit_code_is_found(code, place, character):
    assume(code[place] != character)
    assert not uscc(code[:place] + character + code[place + 1 :])


@given(credit_codes(), st.integers(0, 16))
def test_any_swap_of_neighbours_in_a_credit_code_is_found(code, i):
    assume(code[i] != code[i + 1])
    assert not uscc(code[:i] + code[i + 1] + code[i] + code[i + 2 :])


@pytest.mark.parametrize(
    "code",
    [
        *("", PUBLIC[0][:17], PUBLIC[0] + "0", PUBLIC[0] + "\n"),
        *(PUBLIC[2].lower(), wide(PUBLIC[0])),
        *("B1310114MB00010100", "01310114MB00010100", "1131011IMB00010100"),
    ],
)
def test_what_is_no_credit_code(code):
    assert not uscc(code)


# Resident ids


@given(surrounded())
def test_a_resident_id_is_found_in_any_text(drawn):
    number, before, after = drawn
    for written in (number, number.lower(), wide(number), wide(number.lower())):
        assert resident_id_in(before + written + after, TODAY) in (number, number.lower())


@given(resident_ids(), st.sampled_from([" ", "-", "－", "　", "–", " - "]))
def test_a_resident_id_is_found_in_groups(number, gap):
    for cuts in ((6, 14), (6, 10, 12, 14), (3, 6, 10, 14), (4, 8, 12, 16), (6, 12), (6,)):
        groups = [number[a:b] for a, b in zip((0, *cuts), (*cuts, 18), strict=True)]
        found = resident_id_in(f"证号：{gap.join(groups)}，在册", TODAY)
        assert found is not None
        assert "".join(c for c in found if c.isalnum()) == number


@given(
    resident_ids(), st.text(DIGITS + " ,;，", max_size=20), st.text(" ,;，" + DIGITS, max_size=20)
)
def test_a_resident_id_is_found_among_other_numbers(number, before, after):
    assert resident_id_in(f"{before} {number} {after}", TODAY) is not None
    assert resident_id_in(f"{before},{number},{after}", TODAY) is not None


@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_digit_makes_it_another_number(number, place, digit):
    assume(number[place] != digit)
    assert resident_id_in(number[:place] + digit + number[place + 1 :], TODAY) is None


@given(resident_ids(), st.integers(0, 16))
def test_any_swap_of_neighbours_makes_it_another_number(number, i):
    assume(number[i] != number[i + 1])
    assert resident_id_in(number[:i] + number[i + 1] + number[i] + number[i + 2 :], TODAY) is None


@given(resident_ids(), st.text("0123456789ABCDEFabcdefghxyz", min_size=1, max_size=20))
def test_inside_a_longer_run_it_is_something_else(number, more):
    # The run may hold another plausible number only where it is 18 long, which it is not.
    assert resident_id_in(more + number, TODAY) is None
    assert resident_id_in(number + more, TODAY) is None


def made(region, born, order="123"):
    return with_check(f"{region}{born}{order}", "0123456789X", slow_resident)


@pytest.mark.parametrize(
    ("region", "born"),
    [
        ("160114", "19900307"),  # no such province
        ("310014", "19900307"),  # no prefecture
        ("840000", "19900307"),
        ("310114", "19900230"),
        ("310114", "19900431"),
        ("310114", "18991231"),
        ("310114", "20210828"),  # the day after tomorrow
        ("310114", "21000101"),
        ("310114", "19901301"),
    ],
)
def test_an_implausible_number_is_let_through(region, born):
    assert resident_id_in(made(region, born), TODAY) is None


def test_the_edges_of_plausible():
    for region, born in (
        ("310114", "19000101"),
        ("310114", "20000229"),
        ("310114", "20210827"),  # tomorrow, by a clock ahead of ours
        ("441900", "19900307"),
        ("830000", "19900307"),
    ):
        assert resident_id_in(made(region, born), TODAY) == made(region, born)


def test_without_a_day_it_is_today():
    assert resident_id_in(made("310114", f"{date.today():%Y%m%d}")) is not None
    assert resident_id_in(made("310114", f"{date.today() + timedelta(days=3):%Y%m%d}")) is None


@pytest.mark.parametrize("path", LISTS, ids=lambda p: p.stem)
def test_our_lists_and_ids_hold_no_resident_id(path):
    text = path.read_text("utf-8")
    assert resident_id_in(text) is None
    assert all(resident_id_in("v" + line) is None for line in text.splitlines())


@given(st.uuids(), st.datetimes(), st.binary(min_size=32, max_size=32))
def test_what_programs_make_is_let_through(uuid, time, digest):
    for text in (str(uuid), uuid.hex, time.isoformat(), f"{time:%Y%m%d%H%M%S}0001", digest.hex()):
        # A made string that is a run of 18 digits by itself may be an id; these are not.
        assert resident_id_in(text, TODAY) is None


# Validators


@define
class Registered:
    code: str = field(default="310114", validator=valid_division_code)
    uscc: str = field(default="11310114MB00010100", validator=valid_uscc)


def test_validators_take_what_is_right():
    assert Registered("310114103001", PUBLIC[5])


def test_validators_say_what_is_wrong_in_both_languages():
    with pytest.raises(BadDivisionCode) as code:
        Registered(code="31011")
    assert "'31011'" in code.value.message("en")
    assert "310114103" in code.value.hint("zh")
    with pytest.raises(BadUscc) as credit:
        Registered(uscc="11310114MB00010101")
    assert "末位应为 0" in credit.value.message("zh")
    assert "the last is 0" in credit.value.message("en")
    with pytest.raises(BadUscc, match="18 capitals"):
        Registered(uscc="11310114mb00010100")


@given(resident_ids())
def test_a_resident_id_in_the_wrong_column_is_not_quoted(number):
    assume(not uscc(number))
    for column in ("code", "uscc"):
        with pytest.raises(ResidentIdFound) as caught:
            Registered(**{column: number})
        assert number not in caught.value.message("zh") + caught.value.message("en")
