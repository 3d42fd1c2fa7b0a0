"""What people can book or sign up for: the lawyer's hours and the volunteers' activities."""
