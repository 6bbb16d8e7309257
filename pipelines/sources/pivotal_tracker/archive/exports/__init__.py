"""Tracker's CSV and zip exports as v5 resources.

* ``files``: which files belong to which project;
* ``table``: a file as rows of cells, with their lines;
* ``cells``: what single cells say;
* ``names``: ids for what an export only names;
* ``project``: a project's rows as resources.

Here: what an export says, in v5's terms, and nothing that it does not say. Not here: merging with other archives.
"""
