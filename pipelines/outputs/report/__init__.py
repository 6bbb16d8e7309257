"""The report: HTML pages that a delivery lead opens, of the company and of each project, client, team and person.

Here, of the company: figures and their queries (``company_figures``, ``project_figures``, ``money_figures``, the SQL that they
share in ``periods``), ``questions`` with what they count by name, lists (``listing`` and the ``*_lists``), which lists and
charts are in which section (``sections``), and what changed (``snapshots``, ``changes``). Of the others: which there are
(``subjects``), what is measured (``measures``) in which periods (``spans``). Of all: how values are written (``wording``),
charts as static drawings (``drawn``), templates (``template``, ``*.html.j2``, ``page.css``, ``page.js``), and the writers
(``page``, ``subject_pages``, ``kept``).
Not here: what a metric means (each figure shows the definition of its metric table) and how charts are drawn.
"""
