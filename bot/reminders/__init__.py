"""What happens because time has passed; one file each, and no file imports another."""
