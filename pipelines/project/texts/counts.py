"""Numbers with their nouns, as people read them."""


def counted(number: int, noun: str) -> str:
    """``1 row``, ``2 rows``, ``1,234 keys``; ``noun`` is singular, and its plural ends with an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
