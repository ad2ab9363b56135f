"""The commands, a file each. Faces call them; only here are the rooms put together.

Commands: `new`, `backup` (with adopt), `account` (with `approval` of its servers), `importing`,
`edit`, `check`, `preview`, `send` (with `rehearsal` and `trial`), `print` (with `lots` for one
lot), `status`, `log` and `report` (with `export`, `report_html`, `report_map`), `result`, `show`,
`resolve`, `replies`, `answer`, `remind`, `suppress` (with `suppression_file`), `purge`, `handover`
(and `taking_up` of its .zip, or of a backup). Each either is a function or opens a job with `plan`
and `run` (`merge.job`).

`configure` changes campaign.toml setting by setting, `campaigns` lists the folders of this user,
`returns` groups all that came back, for whoever decides about many at once.

`writing` shows a letter in blocks and saves what was changed, `drafting` makes one of what somebody
wrote elsewhere and fills its blanks, `letter_files` puts pictures and attachments into it, and
`passages` has the local paragraphs of one recipient.

`sheets` says how one sheet is to be read: what was said, and what is remembered of the last one
like it. For the page, `uploads` has the files that wait to be taken, and `staging` reads them as
they would be imported; `sheet_shown` has what is shown of one.

What they share: `opening` opens a campaign with the access that a command needs, `running` keeps a
job's row in the ledger, which `following` shows to others, `signals` hears who wants it to end,
`looked` knows what a person has looked at, `survey` looks through a text that is being written.
`confined` has read what a stranger wrote; `previewing` keeps a helper that shows one letter after
the other, made by `showing`. `letters`, `mail`, `mailbox` and
`paper` build the parts that `merge.campaign` works with; `campaign_files` shows a letter its
campaign folder.

What a part costs to import is paid when it is asked for: e-mail works without Pango, and `status`
without pandas.
"""
