"""What each knowledge file may contain. The Chinese names are the keys that staff write."""
