"""The staff's page: what is in people's hands, and one conversation with what is said, noted and suggested in it."""
