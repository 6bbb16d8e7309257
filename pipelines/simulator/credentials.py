"""The credentials a demo server accepts; every other value is refused.

They are not secrets: they open nothing but a server on this machine.
"""

from __future__ import annotations

#: Value of ``X-TrackerToken``: 32 hexadecimal characters, as real ones.
TRACKER_TOKEN = "de30de30de30de30de30de30de30de30"

#: Value of ``X-Api-Key``: base64, as real ones; it spells ``demo-key-for-the-simulator``.
CLOCKIFY_KEY = "ZGVtby1rZXktZm9yLXRoZS1zaW11bGF0b3I="
