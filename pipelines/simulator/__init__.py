"""The demo source: one HTTP server that answers like both APIs, for a generated company.

Here: the company (``world``), writes to it (``mutations``), the two APIs (``tracker``, ``clockify``), switches
(``behaviour``) and faults for trying things out, and the server itself. Not here: anything the pipeline reads other than over HTTP.
"""
