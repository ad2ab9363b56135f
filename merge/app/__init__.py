"""Builds the adapters and hands them to the core: the only place that imports both.

A command opens a campaign with the access that it needs (`campaigns`), asks for the parts that it
uses, and calls `merge.campaign`. What a part costs to import is paid when it is asked for: e-mail
works without Pango, and `status` without pandas.
"""
