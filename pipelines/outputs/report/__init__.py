"""The report: one HTML file that a delivery lead opens, with headline figures, open questions and all charts.

Here: which figures it shows and by which query over metric tables (``company_figures``, ``project_figures``,
``money_figures``, the SQL they share in ``periods``), which questions it raises (``questions``), the order of its charts (``sections``), how values
are written (``wording``), and the page itself (``page``, ``page.html.j2``, ``page.css``, ``page.js``).
Not here: what a metric means (each figure shows the definition of its metric table) and how charts are drawn.
"""
