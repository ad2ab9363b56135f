"""Letter → an e-mail that the next server accepted."""
