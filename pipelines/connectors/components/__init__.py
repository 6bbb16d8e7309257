"""What the manifests need and YAML cannot say; each class is named in them as ``pipelines.connectors.components.X``.

Here: components of the CDK's declarative language, none of them bound to one endpoint's schema. Not here: endpoints,
field names, wording of settings; those are parameters given in a manifest. Importing this package imports the CDK.
"""

from pipelines.connectors.components.errors import ApiErrorHandler
from pipelines.connectors.components.extractors import (
    ListExtractor,
    NestedListExtractor,
    ObjectExtractor,
    StoryChildrenExtractor,
)
from pipelines.connectors.components.filters import (
    UnknownVersionFilter,
    UnreadParentFilter,
    WindowFilter,
)
from pipelines.connectors.components.pages import NumberedPages, OffsetPages
from pipelines.connectors.components.requester import ApiRequester
from pipelines.connectors.components.state import OverlappingState
from pipelines.connectors.components.transformations import (
    IterationStoryIds,
    PartitionKey,
    SnakeCaseKeys,
    TitleIsName,
    WithoutKeys,
)

__all__ = [
    "ApiErrorHandler",
    "ApiRequester",
    "IterationStoryIds",
    "ListExtractor",
    "NestedListExtractor",
    "NumberedPages",
    "ObjectExtractor",
    "OffsetPages",
    "OverlappingState",
    "PartitionKey",
    "SnakeCaseKeys",
    "StoryChildrenExtractor",
    "TitleIsName",
    "UnknownVersionFilter",
    "UnreadParentFilter",
    "WindowFilter",
    "WithoutKeys",
]
