"""Tracker's REST API v5 over a ``World``: read endpoints below ``/services/v5``.

Here: routes, paging, filters and the shape of answers as the service gave them. Not here: the records
(``model``), writes to them (``mutations``), faults and limits common to both APIs (``app``).
"""
