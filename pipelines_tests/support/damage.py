"""Damage to answers, as it comes: a field null, of another type, nested where it was flat; a row doubled, a list cut short.

Here: what can happen to the records of one list. Not here: what must be true afterwards.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from typing import Any

from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.pyairbyte.unreadable import set_aside, text_of

Record = dict[str, Any]

#: What servers send in place of the right thing.
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 12.5, 2**70, 1e300, "", "words", "\x00", "0", "12,5"),
    *("2026-13-45T99:00:00Z", "0001-01-01T00:00:00Z", "2126-01-01T00:00:00Z", "PT-5H", "P1Y"),
    *([], {}, [None], ["words"], [{}], [[1]], {"amount": None}, {"start": None}, {"id": 7}),
)
#: Of these no key can be made, whatever its type.
NO_KEYS: tuple[Any, ...] = (None, {}, [], True, {"id": 7}, 2.5)


@dataclass
class Damaged:
    """A list after damage: what came, the records whose damage is to be found again, and whether the rest is missing."""

    records: list[Record]
    #: Each damaged record as it came, and the right one.
    pairs: list[tuple[Record, Record]] = field(default_factory=list)
    is_cut: bool = False


def damaged(props: AirbyteStreamProps, right: list[Record], chance: random.Random) -> Damaged:
    """``right`` with one to three odd records, perhaps doubled rows, perhaps cut short."""
    records = [copy.deepcopy(record) for record in right]
    result = Damaged(records)
    for place in chance.sample(range(len(right)), min(len(right), chance.randint(1, 3))):
        records[place] = _odd(props, records[place], chance)
        result.pairs.append((records[place], right[place]))
    if chance.random() < 0.2:
        records.insert(chance.randrange(len(records)), copy.deepcopy(chance.choice(records)))
    if chance.random() < 0.15:
        del records[chance.randrange(1, len(records) + 1) :]
        result.is_cut = True
        result.pairs = [pair for pair in result.pairs if pair[0] in records]
    return result


def _odd(props: AirbyteStreamProps, record: Record, chance: random.Random) -> Record:
    if chance.random() < 0.05:
        return set_aside("is no object", text_of(chance.choice(["words", None, 7, []])))
    for _ in range(chance.randint(1, 3)):
        _damage(props, record, chance)
    return record


def _damage(props: AirbyteStreamProps, record: Record, chance: random.Random) -> None:
    """One field, at any depth, is odd, missing, or one too many."""
    name = chance.choice(list(record))
    if name in props.primary_key:
        record[name] = chance.choice(NO_KEYS)
        return
    holder: Any = record
    key: Any = name
    while isinstance(holder[key], dict | list) and holder[key] and chance.random() < 0.7:
        holder = holder[key]
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    kind = chance.random()
    if kind < 0.7:
        holder[key] = copy.deepcopy(chance.choice(ODD))
    elif kind < 0.85 and isinstance(holder, dict):
        del holder[key]
        record.setdefault(name, None)
    else:
        record[f"new_{chance.choice('abc')}"] = copy.deepcopy(chance.choice(ODD))
