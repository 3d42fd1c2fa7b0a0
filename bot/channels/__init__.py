"""Ways to reach people: one file or folder per platform; only bot.kinds imports them."""
