"""Texts on their way out: what must not be in them, and what they mean to the program that reads them.

Here: the list of secrets (``secrets``), addresses as they may be shown (``addresses``), and for each kind of reader
one module that makes a text of others harmless there; numbers with their nouns (``counts``). Not here: what is said. It imports no other room.
"""
