"""OneBot 12: a gateway that an operator runs by right connects to us by reverse WebSocket."""
