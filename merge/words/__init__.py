"""Every sentence that a person reads: codes, statuses and figures in, words out.

A face sets the language once: `with words.speaking("fr")`. Nothing here asks or prints.
"""

from merge.words.language import speaking

__all__ = ["speaking"]
