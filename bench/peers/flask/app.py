"""The peer on Flask: each webhook is one row in PostgreSQL, committed before it is answered; bursts are debounced per contact in each worker.

DATABASE_URL and WAIT_SECONDS come from the environment. Run it with gunicorn: gunicorn --config gunicorn.conf.py app:app
"""
import heapq
import os
import threading
import time
from datetime import datetime, timezone

import psycopg2
from flask import Flask, jsonify, request

WAIT = float(os.environ["WAIT_SECONDS"])
app = Flask(__name__)
local = threading.local()


def connection():
    """One connection for each thread, kept open."""
    if getattr(local, "connection", None) is None:
        local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    return local.connection


class Debounce:
    """When each contact's burst is due: one thread and a heap, which is kinder than the usual thread with a timer for each contact."""

    def __init__(self):
        self.lock = threading.Lock()
        self.due = {}
        self.heap = []
        threading.Thread(target=self.run, daemon=True).start()

    def touch(self, contact):
        at = time.monotonic() + WAIT
        with self.lock:
            # Only the first message of a burst enters the heap; a later one moves the time that is looked up then.
            if contact not in self.due:
                heapq.heappush(self.heap, (at, contact))
            self.due[contact] = at

    def run(self):
        while True:
            time.sleep(0.25)
            for contact in self.ended():
                self.reply(contact)

    def ended(self):
        now, ended = time.monotonic(), []
        with self.lock:
            while self.heap and self.heap[0][0] <= now:
                _, contact = heapq.heappop(self.heap)
                if self.due[contact] > now:
                    heapq.heappush(self.heap, (self.due[contact], contact))
                    continue
                del self.due[contact]
                ended.append(contact)
        return ended

    def reply(self, contact):
        """The condition in the database decides, since another worker may have taken the burst's newer messages."""
        with connection() as db, db.cursor() as cursor:
            cursor.execute(
                "UPDATE messages SET answered_at = now() WHERE contact = %s AND answered_at IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM messages newer WHERE newer.contact = %s AND newer.received_at > now() - make_interval(secs => %s))"
                " RETURNING text", (contact, contact, WAIT))
            texts = [row[0] for row in cursor.fetchall()]
        if texts:
            app.logger.info("a reply to %d messages would be written and sent here", len(texts))


debounce = Debounce()


@app.post("/webhook")
def webhook():
    event = request.get_json()
    contact, message = event["contact"]["id"], event["message"]
    with connection() as db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messages (contact, external_id, text, body) VALUES (%s, %s, %s, %s) ON CONFLICT (contact, external_id) DO NOTHING RETURNING id",
            (contact, message["id"], message["text"], request.get_data(as_text=True)))
        row = cursor.fetchone()
    if row is not None:
        debounce.touch(contact)
    return jsonify(
        status="success",
        message="Webhook processed successfully",
        timestamp=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        outcome="batched" if row else "duplicate",
        id=str(row[0]) if row else None)
