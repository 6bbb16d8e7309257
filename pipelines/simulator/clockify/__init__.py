"""Clockify's REST API v1 over a ``World``: core below ``/api/v1``, reports below ``/report/v1``.

Here: routes, paging, filters and the shape of answers as they were observed live. Not here: the records
(``model``), writes to them (``mutations``), faults and limits common to both APIs (``app``).
"""
