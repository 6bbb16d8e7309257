"""The demo company: people, stories and working hours, generated from a seed up to a given moment.

The way through the files: ``size`` (how large) and ``people`` (who) feed ``calendar`` (who works when); ``story_plans``
plans the stories, ``board`` carries them out and ``activity`` logs them; ``clockify_catalog`` holds what time can be
booked on, ``time_entries`` plans the days of each person and ``timesheets`` books them; ``assembly`` puts it together.
Not here: HTTP, paging, filters, or how an absent value is shown.
"""

from pipelines.simulator.world.assembly import generate
from pipelines.simulator.world.clock import EPOCH
from pipelines.simulator.world.size import BENCH, DEMO, TINY, CompanySize

__all__ = ["BENCH", "DEMO", "EPOCH", "TINY", "CompanySize", "generate"]
