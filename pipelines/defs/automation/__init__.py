"""What happens without anybody asking: schedules, sensors, alerts, and metrics that follow their inputs.

Here: when something runs. Not here: what a run does (``defs``), and how a source is asked for changes (``sources``). A tick imports
no PyAirbyte and ends well within the 60 seconds that Dagster gives it.

A sensor's cursor moves only when the data that it marks are in the warehouse. Launched runs are
looked up in the instance, never assumed.
"""
