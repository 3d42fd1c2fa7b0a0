"""What the bot does for residents and staff; one file each, and no file imports another."""
