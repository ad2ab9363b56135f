"""Every sentence that a person reads: codes, statuses and figures in, words out (gettext)."""
