"""Delivery: items and transitions of a second system, as queries of the settings file tell them.

Here: the two tables, in Tracker's words. Not here: reading that system (a component does), and what is made of items
(``project_management``, ``effort``).
"""
