"""Addresses: what of them may be shown, how they are completed, and what in them is secret."""

from __future__ import annotations

import pytest

from pipelines.project.texts.addresses import is_this_machine, origin, secrets_in, shown, with_path


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://api.clockify.me", "https://api.clockify.me/api/v1"),
        ("https://api.clockify.me/", "https://api.clockify.me/api/v1"),
        ("https://api.clockify.me/api/v1", "https://api.clockify.me/api/v1"),
        ("https://api.clockify.me/api/v1/", "https://api.clockify.me/api/v1"),
        ("https://api.clockify.me/api", "https://api.clockify.me/api/v1"),
        ("https://euc1.clockify.me/API/V1", "https://euc1.clockify.me/api/v1"),
        ("https://acme.clockify.me", "https://acme.clockify.me/api/v1"),
        ("https://user:p@127.0.0.1:8/proxy/", "https://user:p@127.0.0.1:8/proxy/api/v1"),
        ("https://example.com/v1", "https://example.com/v1/api/v1"),
        ("https://api", "https://api/api/v1"),
    ],
)
def test_a_path_is_appended_once(address: str, expected: str) -> None:
    assert with_path(address, "/api/v1") == expected


@pytest.mark.parametrize(
    ("address", "its_origin", "its_shape"),
    [
        ("https://a:b@h.example:8/x?y=z#f", "https://h.example:8", "https://h.example:8/x"),
        ("http://[::1]:80/x", "http://[::1]:80", "http://[::1]:80/x"),
        ("http://h:notaport/", "an unreadable address", "an unreadable address"),
        ("ftp://h/", "an unreadable address", "an unreadable address"),
        ("http://a b\x1b[2J/", "an unreadable address", "an unreadable address"),
        ("", "an unreadable address", "an unreadable address"),
    ],
)
def test_only_the_place_is_shown(address: str, its_origin: str, its_shape: str) -> None:
    assert origin(address) == its_origin
    assert shown(address) == its_shape


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://127.9.9.9", True),
        ("http://[::1]/", True),
        ("http://localhost:3000", True),
        ("http://demo.localhost", True),
        ("http://0.0.0.0:1", True),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("https://api.clockify.me", False),
        ("http://[", False),
    ],
)
def test_this_machine_is_known(address: str, expected: bool) -> None:
    assert is_this_machine(address) is expected


@pytest.mark.parametrize(
    ("address", "is_http", "secrets"),
    [
        ("https://ann:pass-word@h/x", True, {"pass-word", "ann:pass-word"}),
        ("https://only-a-token@h/x", True, {"only-a-token"}),
        ("https://h/hook?key=abc-def&v=uvw", True, {"abc-def", "uvw"}),
        ("https://api.example.com/x", True, set()),
        ("postgresql://ann@h/db?sslmode=require", False, set()),
        ("postgresql://ann:p%40ss/w@h/db", False, {"p%40ss/w", "ann:p%40ss/w"}),
        ("postgresql:/ann@h/db?password=quiet", False, {"quiet"}),
        ("host=h dbname=d password='it''s' sslpassword=other", False, {"it", "other"}),
        ("redis://:word-pass@broker:6379/0", False, {"word-pass", ":word-pass"}),
        ("snowflake://ann@acc/db?warehouse=wh&role=r", False, set()),
    ],
)
def test_secrets_of_addresses_are_found(address: str, is_http: bool, secrets: set[str]) -> None:
    assert {secret for secret in secrets_in(address, is_http=is_http) if secret} == secrets
