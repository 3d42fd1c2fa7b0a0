"""What we have promised to say: every message to a person is a row first."""
