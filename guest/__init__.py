"""Guest checkout: book without an account, keep it when one comes."""
