# SPDX-License-Identifier: Apache-2.0
"""What the APIs have in common: a conversation, and the encodings of an answer."""
import itertools
import json
import re

JOB = re.compile(r"\bJOB ([a-z0-9-]+)")
numbers = itertools.count(1)


def new_id(prefix):
    """An identifier that no other answer of this run has."""
    return f"{prefix}_{next(numbers):024d}"


class Conversation:
    """Texts of the user and results of tools, in their order, and the tools that the agent offers.

    entries is a list of ("prompt", text) and ("result", text); tools is {name: names of its parameters}.
    """

    def __init__(self, tools):
        self.tools, self.entries = tools, []

    def prompt(self, text):
        self.entries.append(("prompt", text))

    def result(self, text):
        self.entries.append(("result", text))

    def since_order(self):
        """The user's texts after the last prompt but one that had a job."""
        texts = [[]]
        for kind, text in self.entries:
            texts[-1].append(text)
            if kind == "prompt" and JOB.search(text):
                texts.append([])
        return "\n".join(texts[-2])

    def position(self):
        """(job, the results since its prompt, the number of results before it)."""
        job, results, earlier = None, [], 0
        for kind, text in self.entries:
            found = JOB.findall(text) if kind == "prompt" else []
            if found:
                job, results, earlier = found[-1], [], earlier + len(results)
            elif kind == "result":
                results.append(text)
        return job, results, earlier


def parameters(schema):
    """The names of the parameters in a tool's JSON schema."""
    return list((schema or {}).get("properties") or {})


def text_of(content):
    """The text in a message's content: a string, or a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return content["text"] if "text" in content else json.dumps(content, sort_keys=True)
    return "\n".join(text_of(part) for part in content)


def events(items, named=False):
    """Server-sent events; with their type as the event's name, where the API wants that."""
    lines = []
    for item in items:
        if named:
            lines.append(f"event: {item['type']}\n")
        lines.append(f"data: {item if isinstance(item, str) else json.dumps(item)}\n\n")
    return "text/event-stream", "".join(lines)


def document(item):
    return "application/json", json.dumps(item)
