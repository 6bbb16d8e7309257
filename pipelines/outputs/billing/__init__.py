"""What would be billed, before it is: a preview of an invoice as CSV and Markdown.

Here: reading what a client could be billed for a month, and writing it down. Not here: what is unbilled (``metrics``), making
invoices: nothing is written into Clockify or the warehouse.
"""
