"""Takes Amara's notices: checks who sent them, keeps each once, and answers only when it is kept.

Runs as it is, on nothing but Python:

    WEBHOOK_SECRET=whsec_… python webhook_receiver.py 9000

The secret is the one in AMARA_WEBHOOK_SECRET, and AMARA_WEBHOOK_URL is http://127.0.0.1:9000/ or whatever leads here.
"""

import base64
import contextlib
import hmac
import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
LARGEST = 64 * 1024  # bytes; a notice has less than 5,000
OLDEST = 300  # seconds; what was signed earlier may be somebody's copy


def is_amaras(headers, body):
    """The signature is of this id, this time and this body; there are two of them while a secret is changed."""
    told, signed_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not signed_at.isdecimal() or abs(time.time() - int(signed_at)) > OLDEST:
        return False
    digest = hmac.digest(KEY, f"{told}.{signed_at}.".encode() + body, "sha256")
    expected = "v1," + base64.b64encode(digest).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)


def keep(told, body):
    """Writes the notice down, unless it is there already: one may come twice, under the same id."""
    notice = json.loads(body)
    with contextlib.closing(sqlite3.connect("notices.db")) as db, db:  # one transaction
        db.execute("create table if not exists notices (id text primary key, sequence integer, type text, data text)")
        kept = db.execute(
            "insert into notices values (?, ?, ?, ?) on conflict do nothing",
            (told, notice["sequence"], notice["type"], json.dumps(notice["data"])),
        )
    if kept.rowcount:
        print(notice["type"], json.dumps(notice["data"]), flush=True)


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 when the notice is kept; Amara sends everything else again."""

    timeout = 10

    def do_POST(self):
        """One notice."""
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not is_amaras(self.headers, body):
            return self.answer(401)
        keep(self.headers["webhook-id"], body)
        return self.answer(204)

    def answer(self, status):
        """Nothing but the status; Amara reads no more of it."""
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
