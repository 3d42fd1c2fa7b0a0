"""Knowledge in workbooks: what is exported to .xlsx, and what importing one would change."""
