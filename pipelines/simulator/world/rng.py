"""Seeded randomness.

One independent stream per purpose: what one part of the company does never shifts what another part does, and
nothing depends on where history is cut. Not here: any meaning of the numbers.
"""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, *purpose: object) -> random.Random:
    """A generator that depends only on the seed and the purpose."""
    return random.Random(":".join(map(str, (seed, *purpose))))


def hex_id(seed: int, *purpose: object) -> str:
    """A 24-digit hexadecimal id as Clockify's; one in a few hundred reads like a number (``5e10...``).

    Such ids are legal and break loaders that guess types, so the demo company has some.
    """
    digest = blake2b(":".join(map(str, (seed, *purpose))).encode(), digest_size=12).hexdigest()
    if int(digest[:4], 16) % 300:
        return digest
    return f"{int(digest[4], 16) % 9 + 1}e{int(digest[5:], 16) % 10**22:022d}"


def happens(rng: random.Random, share: float) -> bool:
    """True in ``share`` of the calls."""
    return rng.random() < share


def pick(rng: random.Random, weights: dict[T, float]) -> T:
    """A key of ``weights`` with a probability in proportion to its value."""
    return rng.choices(list(weights), list(weights.values()))[0]


def count(rng: random.Random, mean: float) -> int:
    """A whole number that is ``mean`` on average and varies by up to its half."""
    exact = mean * rng.uniform(0.5, 1.5)
    whole = int(exact)
    return whole + happens(rng, exact - whole)
