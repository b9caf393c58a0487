"""Amara, the chat assistant of MaidConnect: a turn of conversation, from the socket to the record and back."""
