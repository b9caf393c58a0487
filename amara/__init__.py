"""Amara, the chat assistant of MaidConnect: a turn of conversation, from the socket to the record and back."""

VERSION = "0.1.0"
