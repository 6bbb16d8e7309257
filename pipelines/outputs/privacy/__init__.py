"""Whether outputs tell people's names, and what stands in their place.

Here: a look at the warehouse in which names are initials or hidden, for whatever reads it. Not here: any output.
"""
