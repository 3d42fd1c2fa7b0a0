"""What do we know?  The files that community staff edit, and the code that reads them."""
