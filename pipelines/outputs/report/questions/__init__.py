"""The open questions that the data raises: each a number that should be zero, what it counts by name, and what to do.

Here: one file per family, listed in ``catalog``; what a question is (``model``). Not here: how the page shows them.
"""
