"""The page: a face in the browser, for one user of this computer.

- `server`: starts and ends it; `instance`: that there is one, and how its user gets in.
- `guard`: keeps everybody else out.
- `site`: what the server remembers, and its routes.
- `exchange`: what every page is handed: language, campaign, form, words.
- `frame`: what stands around a page; `lines`, `tags`: how a recipient and a state look on one.
- `mails`, `downloads`: what is shown in a frame of its own, or handed over as a file.
- `memory`: what the server remembers: forms that were posted, the last few things of a kind,
  checks, files of lists; `previews`: the helper that shows letters.
- `saved`: what a page says of a letter that has changed.
- `jobs`, `child`: what takes long runs in a process of its own: a function of `app`, or of `work`.
- `pages`: the pages, a file each; `templates`, `static`: how they look.

One process, one thread: handlers run on the event loop, one after the other, so that no room need
be safe for threads. A page reads, and writes what takes a moment; all else is a job.
"""
