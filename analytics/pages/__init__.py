"""The pages of the numbers, for administrators: made here, without a script, and let in for half an hour."""
