"""The rules of a campaign: who may be written to now, how fast, and what comes back.

Before anything leaves: `check` looks at every letter, `trial` sends one to oneself. `digests` tell
whether a letter, or who waits, is still the same.

Sending: `deliver` is the loop. `letters_to_send` claims, makes and archives what it offers, `pace`
says whether the next may leave, `retry` what a refusal for now means. `filing` puts copies into the
folder of sent mail.

Paper: `batch` makes lots, `lots` has what goes to a printer of those that are made, `envelopes`
names those that should not be posted.

What comes back: `mailroom` looks into the mailbox, also for a proof of what is `unknown`. `returns`
counts the bounces and pauses the account, `replies` matches every other mail with a recipient, and
`answers` are what towns said. `reminders` opens the next wave, `suppression` keeps off whoever
opted out.

This room knows protocols (`ports`), never adapters: `merge.app` hands it the real ones.
"""
