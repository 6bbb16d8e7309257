"""DuckDB's extensions, loaded from the installed packages: nothing is downloaded when the project runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.project.extras import how_to_install
from pipelines.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

#: For ``duckdb.connect``.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # An extension that was not loaded here is missing, not fetched from somewhere.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # The installer has checked the packages against their locked hashes. Checking the signature again at every opening
    # would read 50 MB and take 0.15 s for each extension.
    "allow_unsigned_extensions": True,
}

#: The extra that has the package of an extension of a warehouse.
_EXTRAS = {"ducklake": "lake", "httpfs": "lake", "postgres_scanner": "postgres"}


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load the extension ``name`` from its package ``duckdb-extension-<name>``.

    Raises ``WarehouseError`` when the package is not installed for this version of DuckDB.
    """
    file = extension_file(name)
    if file is None:
        raise WarehouseError(
            f"The warehouse that PIPELINES_WAREHOUSE names needs the package {extension_package(name)}, which is not "
            f"installed here: {how_to_install(_EXTRAS[name])}. Or set PIPELINES_WAREHOUSE to another kind of warehouse."
        )
    connection.execute(f"LOAD '{file}'")


def extension_file(name: str) -> Path | None:
    """The extension's file in its package; ``None`` when that is not installed for this version of DuckDB."""
    import duckdb

    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0], "extensions", f"v{duckdb.__version__}")
    file = folder / f"{name}.duckdb_extension"
    return file if file.exists() else None


def extension_package(name: str) -> str:
    """The requirement that installs the extension."""
    import duckdb

    return f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
