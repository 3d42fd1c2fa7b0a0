"""One message, one turn: knows people and messages, but no service and no ticket."""
