"""Who and where: people, their accounts and homes, and who is responsible for a place."""
