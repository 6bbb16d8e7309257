"""Texts as directions in a space of 256 dimensions, in which texts about the same thing point the same way.

The vectors are static: each piece of a word has one, learnt once, and a text has their mean. The weights and the tokenizer
are files of the package ``wordllama`` and nothing is downloaded. Its own loader is not used: 0.4.0 looks for the tokenizer
in another folder than it ships it in, and then downloads it; its import also changes the process's logging.
Not here: which texts, and what is done with the vectors.
"""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Vectors = numpy.typing.NDArray[numpy.float32]

#: Stands for the weights and for how texts become vectors; another one makes all vectors anew.
MODEL = "l2_supercat_256/1"
DIMENSIONS = 256
#: The beginning of a text says what it is about.
MOST_CHARACTERS = 2000
_BATCH = 512


def is_installed() -> bool:
    """Whether the packages of the extra ``search`` are there."""
    return all(
        importlib.util.find_spec(name) for name in ("safetensors", "tokenizers", "wordllama")
    )


def embed(texts: Sequence[str]) -> Vectors:
    """A vector of length 1 for each text, a row each; zeros for a text without words. Needs what ``is_installed`` asks."""
    import numpy as np

    tokenizer, weights = _model()
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for first in range(0, len(texts), _BATCH):
        batch = [text[:MOST_CHARACTERS] for text in texts[first : first + _BATCH]]
        pieces = [
            encoded.ids for encoded in tokenizer.encode_batch(batch, add_special_tokens=False)
        ]
        for place, ids in enumerate(pieces, first):
            if ids:
                vectors[place] = weights[ids].mean(axis=0)
    return _of_length_one(vectors)


def packed(vectors: Vectors) -> list[str]:
    """The vectors as text: a whole number from -127 to 127 for each dimension, as bytes in base64."""
    import numpy as np

    whole = np.rint(vectors * 127).astype(np.int8)
    return [base64.b64encode(row.tobytes()).decode("ascii") for row in whole]


def unpacked(texts: Sequence[str]) -> Vectors:
    """What ``packed`` was given, to less than one part in a hundred, of length 1 again."""
    import numpy as np

    held = b"".join(base64.b64decode(text) for text in texts)
    vectors = np.frombuffer(held, dtype=np.int8).reshape(-1, DIMENSIONS).astype(np.float32)
    return _of_length_one(vectors)


def _of_length_one(vectors: Vectors) -> Vectors:
    """The same directions; what has no direction stays zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directed: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return directed


@cache
def _model() -> tuple[Any, Vectors]:
    import numpy as np
    from safetensors import safe_open
    from tokenizers import Tokenizer

    # Found, not imported.
    found = importlib.util.find_spec("wordllama")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(found.submodule_search_locations[0])
    tokenizer = Tokenizer.from_file(
        str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    weights = folder / "weights" / "l2_supercat_256.safetensors"
    with safe_open(str(weights), framework="np") as file:
        return tokenizer, file.get_tensor("embedding.weight").astype(np.float32)
