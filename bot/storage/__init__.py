"""Where everything is kept: tables' common parts, transactions, and the one writer of a process."""
