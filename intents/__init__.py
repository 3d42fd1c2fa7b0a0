"""What did they mean?  Text in, an `Understanding` out; knows no chat, no ticket, no store."""
