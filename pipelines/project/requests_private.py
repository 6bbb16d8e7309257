"""The one thing that is used of ``requests`` although it does not call it public: where a response keeps its body.

A response that was kept, or read at once, has no other way to be given its body. No upstream issue is known (looked for in
2026-11, with 2.34). Its contract is in ``pipelines_tests/test_private_names.py``.
"""

from __future__ import annotations

from requests import Response


def with_body(response: Response, body: bytes) -> Response:
    """``response``, whose body is ``body``, already decoded."""
    response._content = body
    return response
