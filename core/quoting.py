"""Quoting: what others wrote, as a message may repeat it, and the words for where it stands.

    shown("长" * 1000)         "长长长…", 60 characters of it
    shown(row)                 "***" where a resident's number is in it
    place_of(7, "人数")        Words("第 7 行，人数 列", "row 7, column 人数")

What a message says ends up in scripts' logs and in mails that ask for help.
"""

from typing import Any, Literal

from lianjian.core.errors import Fault, Words
from lianjian.core.identifiers import resident_id_in

MASK = "***"
LONGEST_SHOWN = 60  # characters of a value in a message

Counted = Literal["row", "line", "item"]
_COUNTED: dict[Counted, Words] = {
    "row": Words("第 {} 行", "row {}"),
    "line": Words("第 {} 行", "line {}"),
    "item": Words("第 {} 项", "item {}"),
}


def shown(text: str) -> str:
    """Return a text as a message may repeat it: not too long, and never a resident's number."""
    if resident_id_in(text):
        return MASK
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def discreet(fault: Fault) -> Fault:
    """Return a fault made fit to be printed, as `shown` says."""
    for name, detail in fault.details.items():
        if isinstance(detail, str):
            fault.details[name] = shown(detail) if name == "value" else masked(detail)
        elif not isinstance(detail, Words) and resident_id_in(str(detail)):
            fault.details[name] = MASK
    return fault.at(masked(fault.path))


def masked(value: Any) -> Any:
    """Return JSON with a mask in the place of every text that looks like a resident's number."""
    if isinstance(value, str):
        return MASK if resident_id_in(value) else value
    if isinstance(value, dict):
        return {masked(k): masked(v) for k, v in value.items()}
    return [masked(v) for v in value] if isinstance(value, list) else value


def place_of(row: int, *headers: str, counted: Counted = "row") -> Words:
    """Return the words for a row, and its columns where they are known."""
    zh, en = _COUNTED[counted].zh.format(row), _COUNTED[counted].en.format(row)
    if not headers:
        return Words(zh, en)
    named = [shown(h) for h in headers]
    many = "columns" if len(named) > 1 else "column"
    return Words(f"{zh}，{'、'.join(named)} 列", f"{en}, {many} {', '.join(named)}")
