"""What a server with Tracker's v5 API has in common, whatever it answers from: the demo company, or an archive.

* ``fields``: the parameter ``fields``, and which fields an answer leaves out without it;
* ``paging``, ``parameters``, ``errors``, ``responses``: pages, parameters, error answers, JSON;
* ``local_server``: a server in a thread of this process.

Here: the API's own rules. Not here: data, and which endpoints there are.
"""
