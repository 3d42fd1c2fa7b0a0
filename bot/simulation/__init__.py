"""A county town that is lived for a month with the clock moved: invented people, the real program."""
