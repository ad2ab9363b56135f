"""Mail servers on loopback for the tests and the demo: nothing here can write to the outside."""
