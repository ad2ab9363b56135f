"""The pages, a file each: functions from an exchange to an answer, and their `routes`."""
