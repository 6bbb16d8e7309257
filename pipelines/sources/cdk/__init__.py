"""What the manifests need and YAML cannot say; each class is named in them as ``pipelines.sources.cdk.X``.

Here: components of the CDK's declarative language, none of them bound to one endpoint's schema. Not here: endpoints,
field names, wording of settings; those are parameters given in a manifest. Importing this package imports the CDK.
"""

from pipelines.sources.cdk.errors import ApiErrorHandler
from pipelines.sources.cdk.extractors import (
    ItemsOfObjectExtractor,
    ListExtractor,
    NestedListExtractor,
    ObjectExtractor,
)
from pipelines.sources.cdk.filters import (
    UnknownVersionFilter,
    UnreadParentFilter,
    WindowFilter,
)
from pipelines.sources.cdk.one_by_one import KnownOrAskedRequester, ListedElseAsked
from pipelines.sources.cdk.pages import ArchivedTooPages, NumberedPages, OffsetPages
from pipelines.sources.cdk.reports import (
    InvoicingExtractor,
    ReportQuestionsExtractor,
    SummaryExtractor,
)
from pipelines.sources.cdk.requester import ApiRequester
from pipelines.sources.cdk.state import OverlappingState
from pipelines.sources.cdk.story_parts import StoryChildrenExtractor
from pipelines.sources.cdk.transformations import (
    IterationStoryIds,
    NestedIsKey,
    PartitionKey,
    SnakeCaseKeys,
    TitleIsName,
    WithoutKeys,
    WithoutZeros,
)

__all__ = [
    "ApiErrorHandler",
    "ApiRequester",
    "ArchivedTooPages",
    "InvoicingExtractor",
    "ItemsOfObjectExtractor",
    "IterationStoryIds",
    "KnownOrAskedRequester",
    "ListExtractor",
    "ListedElseAsked",
    "NestedIsKey",
    "NestedListExtractor",
    "NumberedPages",
    "ObjectExtractor",
    "OffsetPages",
    "OverlappingState",
    "PartitionKey",
    "ReportQuestionsExtractor",
    "SnakeCaseKeys",
    "StoryChildrenExtractor",
    "SummaryExtractor",
    "TitleIsName",
    "UnknownVersionFilter",
    "UnreadParentFilter",
    "WindowFilter",
    "WithoutKeys",
    "WithoutZeros",
]
