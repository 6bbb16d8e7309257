"""Project management: what Tracker's own analytics showed, re-created exactly, and what they could not show.

Here: iterations, states, cycle times, velocity, flow, burn-up, forecasts; everything that Tracker's data alone can
answer. Not here: logged time and money (``time_tracking``, ``effort``).
The way of the data: ``calendar`` and ``stories`` (SQL words and views over raw tables) -> ``iterations``,
``story_states`` -> ``story_facts`` -> one file per family of aggregates. ``tables`` lists them in that order.
"""
