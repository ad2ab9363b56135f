"""Letter → an e-mail that the next server accepted; and what comes back to the sender's mailbox.

Writing: `message` makes the bytes of an e-mail with `encoding` and `addresses`; all three are pure.

Sending: `smtp` drives several connections. Each is opened by `connection` (the door to yagmail) and
spoken over by a `dialogue`; `verdict` puts a reply together and says what it means. Where SMTP
is closed, `web` hands them in by one request each, to Gmail or Graph.

Reading: `mailbox` is the sender's mailbox by IMAP (the door to imapclient; `letterbox` reads
all that is new), `folder` reads mails that lie in files. `incoming`
says what a mail is: `notices` reads the bounces that follow the standard, `freeform` the others,
and `plaintext` makes what people wrote safe to show.

Signing in: `signin` asks the provider instead of a password (OAuth 2.0; the door to authlib), and
`tokens` keeps the tokens coming that it gives.

Before any of it, `dns` (the door to dnspython) asks where the letters go (`questions` has its
records), `authentication` reads who may send for the sender's domain, `signatures` (the door to
dkimpy) whether a letter that came back is signed, and `receivers` knows what those want who receive
for others.

Every connection keeps to `transport`: TLS, passwords, how long a server is heard.
"""
