"""The vocabulary of the demo company: story names, comments, descriptions of work. Not here: any structure.

Some texts hurt on purpose, as real ones do: control characters as pasted from a word processor, formulas of spreadsheets,
pictures and elements that a browser would fetch or run, letters that turn the direction of writing.
"""

from __future__ import annotations

import random

_VERBS = {
    "feature": (
        "Show",
        "Add",
        "Let customers filter",
        "Export",
        "Import",
        "Let agents edit",
        "Group",
        "Notify owners about",
        "Translate",
        "Remember",
        "Schedule",
        "Validate",
        "Archive",
        "Preview",
        "Merge",
        "Let admins lock",
        "Retry",
        "Summarise",
    ),
    "bug": (
        "Wrong total in",
        "Crash when opening",
        "Duplicate rows in",
        "Missing translation in",
        "Slow loading of",
        "Time zone slips in",
        "Broken link from",
        "Rounding error in",
        "Stale cache behind",
        "Double click duplicates",
    ),
    "chore": (
        "Upgrade",
        "Clean up",
        "Document",
        "Monitor",
        "Split",
        "Back up",
        "Rotate the keys of",
    ),
}
_OBJECTS = (
    "invoice list",
    "failed card charges",
    "customer addresses",
    "delivery slots",
    "the audit trail",
    "CSV uploads",
    "refunds in €",
    "the “paid” badge",
    "weekly digest",
    "IBAN-Prüfung",
    "user permissions",
    "the sign-up form",
    "tax summary",
    "stock levels",
    "route planner",
    "driver app",
    "push notifications",
    "search results",
    "pricing\x0brules",
    "receipts (領収書)",
    "the dashboard",
    "background jobs",
    "warehouse labels",
    "credit notes",
    "contact merge",
    "attachments",
)
_TAILS = (
    "",
    "",
    " once a day",
    " on mobile",
    " for new tenants",
    " in the back office",
    " before checkout",
    " per region",
    " with filters",
    " for guests",
    " (phase 2)",
    " (EU only)",
    " without reload",
    " by keyboard",
)
COMMENTS = (
    "<img src='http://example.com/p.png' onerror='alert(1)'> Works on staging.",
    "Can you check with a second currency?",
    "Looks good 👍",
    "Ich schaue morgen nochmal drauf.",
    'The customer calls this "the blue list".',
    "Merged, waiting for the pipeline.",
    "Second attempt.\nThe first one missed the empty state.",
    "See the screenshot in the wiki.",
)
TASKS = (
    "Write migration",
    "Add feature flag",
    "Update docs",
    "Ask for texts",
    "Measure before and after",
    '=HYPERLINK("http://example.com", "Unit tests")',
)
BLOCKERS = (
    "Needs gateway credentials",
    "Waiting for the customer's answer",
    "Blocked by the upgrade, see #{other}",
)
DESCRIPTIONS = (
    None,
    "![](http://example.com/p.png) As agreed in the [workshop](http://example.com).",
    "Given an open invoice\nWhen it is paid\nThen the badge turns green",
    "Steps: open, edit, save twice. Expected: one row. Actual: two.",
    "Größe, Übergröße & Sonderfälle berücksichtigen",
)
#: Work that belongs to no story. Odd texts are there on purpose: loaders that guess types stumble over them.
OFFICE_WORK = (
    "Daily stand-up",
    "Planning",
    "Retro",
    "E-Mail",
    "Code review",
    "1:1",
    "Kundentermin Acme",
    "Support rota",
    "Workshop “pricing”",
    "",
    "=1+1",
    "\u202eSupport\u202c \x0bby phone",
    "007",
    "1e5",
    "null",
    "Lunch & learn: 'quotes', \"double quotes\"",
    "Notes:\n- budget\n- next steps",
    "打ち合わせ",
)
STORY_WORK = ("work on", "pairing on", "fix for", "review of", "tests for", "deploy")


def story_name(rng: random.Random, story_type: str) -> str:
    """``Export invoice list per region``."""
    return f"{rng.choice(_VERBS[story_type])} {rng.choice(_OBJECTS)}{rng.choice(_TAILS)}"
