"""All that knows Pivotal Tracker or Clockify by name.

Here: which sources there are (``registry``), a package for each with its ``manifest.yaml``, what manifests need and YAML
cannot say (``cdk``), the ledger of requests (``budget``), and plain HTTP for small questions (``http``). Not here:
Dagster, environment variables, the warehouse. Only ``cdk`` and ``clockify.reader`` import the CDK, and only a manifest that runs imports ``cdk``.

A stream's ``schema_loader.schema`` is the one declaration of its raw table: ``description`` (what a row is) and, for
each property, its type and meaning. Top-level names are snake_case, nested ones are spelled as the API spells them.
Besides JSON schema it says how a read is published:

``x-publish``
    ``snapshot``: a read is the whole table. ``incremental``: a read without state is the whole table; one with state
    is what changed since, plus an overlap, and never says what was deleted. ``daily_window``: a read is all rows of
    the window. ``daily_log``: a read adds to what is known; rows never change.
``x-cursor``
    Incremental: the column that state follows, per project. The overlap is one second and the time that the previous
    read took (in steps of ten seconds), because a row may change on a page that was already read.
``x-day``
    Daily: the instant whose UTC day is the row's partition; a dot leads into a nested value. The window is
    ``start_date`` <= instant < ``end_date`` of the config, exactly.
``x-scope``
    ``{stream, key, column}``: rows are read per record of ``stream``, whose ``key`` is their
    ``column``. Daily window: a read says nothing about rows of owners that ``stream`` does not
    list; they are kept. Daily streams: records that the config has as ``parents_read`` (their keys
    as text) are not read again. With ``version``, a list of fields of ``stream``: as long as they
    do not move, nothing below the record changes. The config has known versions as
    ``known_versions`` (by key, the values joined by ``|``). A record with its known version is not
    read again, and its rows stay, unless ``unread_parents`` names it for the stream. For a daily
    stream, a version is known when all days since ``start_date`` were read with it. A record that
    ``known_parents`` does not name is read from ``earliest_start_date`` on. ``settled``,
    ``{field: values}`` of fields of ``version``, limits this to records with one of the values.
    Below other records, changes may leave the version as it is.
``x-replace-by``
    Children of stories: the rows of a read replace all rows with the same value in this column. A row *without*
    primary key is no row: it says that its story was read and has no such children.
``x-once-a-day``
    What changes seldom and costs many requests: left out by a sync when it was read on the same UTC day. A full refresh, and
    a read of such streams alone, reads it all the same.
``x-optional``
    A plan or host may lack the endpoint. Then the stream stays as it was, people are told, and nothing fails.

Beside its records, a connector reports to the ``ReadSession`` of its read (``pyairbyte.session``):
requests, answers that were left out, pauses, and parts that were read to their end. Its components
find the session in their config.
"""
