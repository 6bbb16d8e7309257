"""Texts of others inside Markdown: they stay texts, whatever they look like.

A title must not become a heading of ours, a name no picture that makes a browser ask another host, a comment no
section of the document that quotes it. Source: CommonMark 0.31, sections 2.4 (backslash escapes), 5.1 (block quotes) and
6 (inlines); for addresses that become links by themselves GitHub's specification, section 6.9.
"""

from __future__ import annotations

import re

#: What begins something inside a line: code, emphasis, a link or picture, a tag, an entity.
_INLINE = re.compile(r"[\\`*\[<]|~~|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
#: What makes a heading, a list, a quotation, a rule or a fence of a line that begins with it.
_BEGINNING = re.compile(r"^(\d{0,9})([-+=>#~.)])")
#: What makes a link of an address that stands there as text.
_LINKING = re.compile(r":(?=//)|(?<=\w)@(?=\w)|(?<=www)\.|(?<=mailto):|(?<=xmpp):", re.IGNORECASE)
#: What asks another host, or is HTML, in the Markdown of others. An odd number of backslashes has escaped it already.
_ACTIVE = re.compile(r"(?<!\\)((?:\\\\)*)(!(?=\[)|(?=<[A-Za-z/!?]))")
_NOT_IN_NAMES = re.compile(r"[^\w .,-]")


def inline(text: str) -> str:
    r"""``text`` for inside a line or at its beginning: one line, nothing in it is Markdown or HTML.

    >>> inline("![x](http://e.example/)\n## <b>")
    '!\\[x](http://e.example/) ## \\<b>'
    """
    line = " ".join(text.split())
    return _BEGINNING.sub(r"\1\\\2", _INLINE.sub(r"\\\g<0>", line))


def cell(text: str) -> str:
    r"""``text`` for a cell of a table, or any other place where not even an address may become a link.

    >>> cell("a | https://e.example and www.e.example")
    'a \\| https\\://e.example and www\\.e.example'
    """
    return _LINKING.sub(r"\\\g<0>", inline(text)).replace("|", "\\|")


def quoted(text: str) -> str:
    r"""Markdown of others as a block quote: every line of it is marked, however lines end in it.

    Its lists and code stay what they are. It shows no picture, and no HTML.

    >>> quoted("# Not a heading of ours\r![x](http://e.example/x.png)")
    '> # Not a heading of ours\n> !\\[x](http://e.example/x.png)'
    """
    harmless = _ACTIVE.sub(r"\1\2\\", text.strip())
    return "\n".join(f"> {line}".rstrip() for line in harmless.splitlines())


def name(text: str) -> str:
    """``text`` as a name that is nothing else, in Markdown and out of it: other characters become ``?``.

    >>> name("<img src=//e.example>")
    '?img src???e.example?'
    """
    return _NOT_IN_NAMES.sub("?", " ".join(text.split()))
