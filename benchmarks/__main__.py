"""``python -m benchmarks``: start-up, publish and sync, one after the other, as Markdown for ``RESULTS.md``.

The metrics have a command of their own, because millions of rows take longer than all of this.
"""

from __future__ import annotations

from benchmarks import publish, startup
from benchmarks.report import show_machine
from benchmarks.sync import __main__ as sync

if __name__ == "__main__":
    show_machine()
    startup.main()
    publish.main()
    sync.main()
