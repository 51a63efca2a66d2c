#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mock of the model APIs that agents speak, on loopback.

usage: server.py --port PORT --transcript FILE [--jobs DIR] [--log FILE]

A prompt that contains "JOB name" starts the job DIR/name.json, a list of steps. The mock keeps no state: the number of
tool results after that prompt is the number of the step to order next. Each result is appended to the transcript, one
JSON object a line; the last line of a job has "end". Requests without tools, such as those for a title, get a short text.
"""
import argparse
import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic
import gemini
import openai
import orders

ROUTES = [
    (r"/v1/messages/count_tokens", anthropic.count_tokens),
    (r"/v1/messages", anthropic.answer),
    (r"/v1/responses", openai.answer_responses),
    (r"/v1/chat/completions", openai.answer_chat),
    (r"/v1(beta)?/models/[^:]+:countTokens", gemini.count_tokens),
    (r"/v1(beta)?/models/[^:]+:(stream)?[gG]enerateContent", gemini.answer),
]
FINAL = "All steps are done."


class Mock:
    """Orders the steps of jobs, and keeps the transcript."""

    def __init__(self, jobs, transcript):
        self.jobs, self.transcript = jobs, transcript
        self.lock = threading.Lock()
        self.seen = set()

    def job(self, name):
        path = os.path.join(self.jobs, name + ".json")
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def next(self, conversation):
        """The next order: {"text": ...} or {"tool": name, "arguments": ...}."""
        name, results, earlier = conversation.position()
        steps = self.job(name) if name else None
        if steps is None:
            return {"text": "A title"}
        if isinstance(steps[0], str):  # answers in words, for agents without tools
            self.record(name, 0, "words", conversation.since_order(), earlier, end=True)
            return {"text": "".join(steps)}
        if not conversation.tools:
            return {"text": "A title"}
        for number, result in enumerate(results[: len(steps)]):
            self.record(name, number, steps[number]["name"], result, earlier)
        if len(results) >= len(steps):
            self.record(name, len(steps), "end", "", earlier, end=True)
            return {"text": FINAL}
        return orders.order(steps[len(results)], conversation.tools)

    def record(self, job, number, name, result, earlier, end=False):
        line = {"job": job, "step": number, "name": name, "earlier": earlier, "result": result}
        if end:
            line["end"] = True
        with self.lock:
            if (job, number, earlier) in self.seen:
                return
            self.seen.add((job, number, earlier))
            with open(self.transcript, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mock = log_file = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        if self.log_file:
            with open(self.log_file, "ab") as file:
                file.write(f"POST {path}\n".encode() + body + b"\n")
        for pattern, answer in ROUTES:
            if re.fullmatch(pattern, path):
                self.reply(*answer(self.mock, path, json.loads(body or b"{}")))
                return
        self.refuse()

    def do_GET(self):
        if self.path.split("?")[0] in ("/v1/models", "/v1beta/models"):
            self.reply("application/json", json.dumps({"object": "list", "data": [], "models": []}))
        else:
            self.refuse()

    do_HEAD = do_PUT = do_DELETE = lambda self: self.refuse()

    def reply(self, kind, text, status=200):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self):
        self.reply("application/json", '{"error": {"message": "the mock does not have this", "type": "not_found"}}', 404)

    def log_message(self, format, *arguments):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--transcript", required=True)
    parser.add_argument("--jobs", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "jobs"))
    parser.add_argument("--log", help="a file for all requests")
    options = parser.parse_args()
    Handler.log_file = options.log
    Handler.mock = Mock(options.jobs, options.transcript)
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
