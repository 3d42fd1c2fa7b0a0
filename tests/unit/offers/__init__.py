"""Rules of what can be booked and signed up for."""
