"""linli (邻里): a message becomes a ticket, a push and an answer."""
