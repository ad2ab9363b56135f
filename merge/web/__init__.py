"""The page: a face in the browser, for one user of this computer.

- `server`: starts and ends it; `instance`: that there is one, and how its user gets in.
- `guard`: keeps everybody else out.
- `site`: what the server remembers, and its routes.
- `exchange`: what every page is handed: language, campaign, form, words.
- `frame`: what stands around a page; `lines`, `tags`: how a recipient and a state look on one.
- `mails`, `downloads`: what is shown in a frame of its own, or handed over as a file.
- `once`: a form that is posted twice acts once; `saved`: what it says of a letter that has changed.
- `recent`: what is remembered of the last few things of a kind; with it `checks`, `previews` and
  `staged`, the files of lists that wait to be taken.
- `jobs`, `child`: what takes long runs in a process of its own. What it does there is in `work`
  (sending), `printwork`, `keepwork` and `decisions` (the log and its recipients).
- `pages`: the pages, a file each; `templates`, `static`: how they look.

One process, one thread: handlers run on the event loop, one after the other, so that no room need
be safe for threads. A page reads, and writes what takes a moment; all else is a job.
"""
