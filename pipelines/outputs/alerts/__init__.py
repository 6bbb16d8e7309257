"""What people are told without opening a page: alerts on numbers, and the digest of a week.

Here: which alerts there are (``rules``), which of them were sent already (``told``), the words of the digest (``digest``), and
sending through Apprise (``send``). Not here: when anything is sent, and the report itself.
"""
