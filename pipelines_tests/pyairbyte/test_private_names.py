"""What PyAirbyte and the CDK do not promise, and what a read leans on."""

from __future__ import annotations

import inspect

import pytest
from airbyte.caches.duckdb import DuckDBCache
from airbyte.shared.sql_processor import SqlProcessorBase
from airbyte.sources.base import Source
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.sources.concurrent_source import concurrent_source
from airbyte_cdk.sources.concurrent_source.stream_thread_exception import StreamThreadException
from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partition_reader import PartitionReader
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.types import PartitionCompleteSentinel
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.utils import airbyte_secrets_utils

from pipelines.pyairbyte.airbyte_private import (
    DeclarativeExecutor,
    DuckDBSqlProcessor,
    JsonlWriter,
    NameNormalizerBase,
    PathExecutor,
)
from pipelines_tests.support.private_names import Use

USES = [
    Use(DeclarativeExecutor, "__init__", "executor.py", ("name", "manifest")),
    Use(DeclarativeExecutor, "execute", "executor.py", ("args", "stdin", "suppress_stderr")),
    Use(DeclarativeExecutor, "_manifest_dict", "executor.py"),
    Use(PathExecutor, "__init__", "installed.py", ("name", "path")),
    Use(PathExecutor, "execute", "installed.py", ("args", "stdin", "suppress_stderr")),
    Use(Source, "__init__", "opening.py", ("executor", "name", "config")),
    Use(Source, "read", "staging.py", ("cache", "write_strategy", "force_full_refresh", "skip_validation")),
    Use(DuckDBSqlProcessor, "file_writer_class", "cache.py"),
    Use(DuckDBSqlProcessor, "_write_files_to_new_table", "cache.py", ("files",)),
    Use(SqlProcessorBase, "process_record_message", "cache.py", ("record_msg", "stream_record_handler", "progress_tracker")),
    Use(SqlProcessorBase, "write_stream_data", "cache.py", ("stream_name", "write_strategy", "progress_tracker")),
    Use(SqlProcessorBase, "_ensure_compatible_table_schema", "cache.py", ("stream_name", "table_name")),
    Use(SqlProcessorBase, "normalizer", "cache.py"),
    Use(NameNormalizerBase, "normalize", "cache.py", ("name",)),
    Use(DuckDBCache, "_sql_processor_class", "cache.py"),
    Use(DuckDBCache, "get_pandas_dataframe", "staging.py", ("stream_name",)),
    Use(JsonlWriter, "_open_new_file", "cache.py", ("file_path",)),
    Use(JsonlWriter, "process_record_message", "cache.py", ("record_msg", "stream_record_handler", "progress_tracker")),
    Use(JsonlWriter, "_active_batches", "cache.py"),
    Use(JsonlWriter, "_new_batch", "cache.py", ("stream_name", "progress_tracker")),
    Use(JsonlWriter, "default_cache_file_suffix", "cache.py"),
    Use(concurrent_source, "PartitionReader", "hooks.py"),
    Use(PartitionReader, "process_partition", "batches.py", ("partition", "cursor")),
    Use(PartitionReader, "_queue", "batches.py"),
    Use(StreamThreadException, "__init__", "batches.py", ("exception", "stream_name")),
    Use(PartitionCompleteSentinel, "__init__", "batches.py", ("partition", "is_successful")),
    Use(Partition, "read", "batches.py"),
    Use(Partition, "to_slice", "batches.py"),
    Use(Partition, "stream_name", "batches.py"),
    Use(Cursor, "observe", "batches.py", ("record",)),
    Use(Cursor, "close_partition", "batches.py", ("partition",)),
    Use(concurrent_declarative_source, "get_declarative_component_schema", "hooks.py"),
    Use(ConcurrentDeclarativeSource, "__init__", "executor.py", ("config", "state", "source_config")),
    Use(ConcurrentDeclarativeSource, "streams", "executor.py", ("config",)),
    Use(ConcurrentDeclarativeSource, "_prepare_for_stream_build", "executor.py"),
    Use(ConcurrentDeclarativeSource, "_stream_configs", "executor.py", ("manifest",)),
    Use(ConcurrentDeclarativeSource, "dynamic_streams", "executor.py"),
    Use(ConcurrentDeclarativeSource, "_create_streams", "executor.py", ("selected_configs", "all_configs")),
    Use(HttpClient, "_name", "hooks.py"),
    Use(HttpClient, "_session", "hooks.py"),
    Use(ConcurrentDeclarativeSource, "_source_config", "executor.py"),
    Use(HttpRequester, "_http_client", "sources/cdk/requester.py"),
    Use(HttpRequester, "_get_url", "sources/cdk/requester.py"),
    Use(AirbyteEntrypoint, "set_up_secret_filter", "executor.py", ("config", "connection_specification")),
    Use(AirbyteEntrypoint, "airbyte_message_to_string", "executor.py"),
    Use(airbyte_secrets_utils, "get_secrets", "executor.py, discovery.py", ("connection_specification", "config")),
]  # fmt: skip


@pytest.mark.parametrize("use", USES, ids=str)
def test_it_is_as_it_was(use: Use) -> None:
    use.hold()


def test_the_cdk_reads_partitions_with_the_name_that_is_replaced() -> None:
    """``hooks.read_by`` replaces a name in a module, so the module has to look it up when it reads."""
    assert "PartitionReader(" in inspect.getsource(concurrent_source.ConcurrentSource.read), (
        "ConcurrentSource.read makes no PartitionReader any more: hooks.read_by replaces what nobody uses."
    )


def test_the_cdk_reads_its_schema_by_the_name_that_is_replaced() -> None:
    source = inspect.getsource(ConcurrentDeclarativeSource)
    assert "get_declarative_component_schema()" in source, (
        "ConcurrentDeclarativeSource reads its schema in another way: hooks.schema_unread saves nothing."
    )


def test_a_use_that_is_gone_is_a_sentence() -> None:
    with pytest.raises(AssertionError, match=r"HttpClient\._gone is gone\. hooks\.py leans on it"):
        Use(HttpClient, "_gone", "hooks.py").hold()
    with pytest.raises(AssertionError, match="and no moon any more"):
        Use(Cursor, "observe", "batches.py", ("moon",)).hold()
