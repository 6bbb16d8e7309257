"""A full sync, one with nothing new and one with 1 % changed, by four contenders against one server.

Here: the server (``server``, ``pages``, ``world``), the contenders (``contenders``), the judge of what they stored
(``verdict``), and the runs (``measure``). Not here: anything the project itself needs.
"""
