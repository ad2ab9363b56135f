"""The commands, a file each. Faces call them; only here are the rooms put together.

Commands: `new`, `backup` (with adopt), `account` (with `approval` of its servers, and `signin` at
their provider), `importing`, `edit`, `check` (with what a person has confirmed and seen),
`preview`, `send` (with `leaving` and `rehearsal`), `lots` (print), `overview` (status),
`recipients` (log and show, with `export`), `report` (with its files, `report_pages` and
`report_map`, the `editions` of a folder and the `joining` of several groups' reports), `result`,
`inbox` (resolve, replies, answer), `remind`, `suppress`, `purge`. Each either is a function or
opens a job with `plan` and `run` (`merge.job`).

`configure` changes campaign.toml setting by setting, `campaigns` lists the folders of this user.

`writing` shows a letter in blocks, saves what was changed, and puts pictures and attachments into
it; `drafting` makes one of what somebody
wrote elsewhere and fills its blanks.

`sheets` has the options by which one sheet is read, and those remembered of the last one like it;
`sums` has its totals beside the letters'. For the page, `uploads` keeps uploaded files, and
`staging` shows, rehearses and runs their import.

What they share: `opening` opens a campaign with the access that a command needs. `running` keeps a
job's row in the ledger and has the clock and the wish to stop, `following` reads it from another
process. `arrival` asks DNS and reads the letter to oneself. `confined` reads strangers' files
in a helper process; `previewer` keeps one that renders previews (`preview_worker`). `letters`,
`mail`, `mailbox` and `paper` build the parts that `merge.campaign` works with; `campaign_files`
reads the files that a letter names.

`work` is a worker's loop.

What a part costs to import is paid when it is asked for: e-mail works without Pango, and `status`
without pandas.
"""
