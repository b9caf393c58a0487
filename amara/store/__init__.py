"""Conversation SQL: conversations and their messages, the ledger of runs, the log of frames.

Every function takes a connection that is already inside a transaction as somebody. Those marked *service* need
`amara_service`; the others run as the person, and row level security decides what is there for them.
"""
