# SPDX-License-Identifier: Apache-2.0
"""Anthropic Messages, with streaming and tool use."""
import json

from conversation import Conversation, document, events, new_id, parameters, text_of

USAGE = {"input_tokens": 100, "output_tokens": 10}


def read(body):
    conversation = Conversation({tool["name"]: parameters(tool.get("input_schema")) for tool in body.get("tools") or []})
    for message in body.get("messages", []):
        content = message["content"]
        if message["role"] != "user":
            continue
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            if part["type"] == "tool_result":
                conversation.result(text_of(part.get("content")))
            elif part["type"] == "text":
                conversation.prompt(part["text"])
    return conversation


def block_of(order):
    if "tool" in order:
        return {"type": "tool_use", "id": new_id("toolu"), "name": order["tool"], "input": order["arguments"]}
    return {"type": "text", "text": order["text"]}


def answer(mock, _path, body):
    block = block_of(mock.next(read(body)))
    message = {"id": new_id("msg"), "type": "message", "role": "assistant", "model": body.get("model", "mock"),
               "content": [block], "stop_sequence": None, "usage": USAGE,
               "stop_reason": "tool_use" if block["type"] == "tool_use" else "end_turn"}
    return events(stream(message, block), named=True) if body.get("stream") else document(message)


def stream(message, block):
    if block["type"] == "tool_use":
        start, delta = dict(block, input={}), {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        start, delta = dict(block, text=""), {"type": "text_delta", "text": block["text"]}
    yield {"type": "message_start", "message": dict(message, content=[], stop_reason=None)}
    yield {"type": "content_block_start", "index": 0, "content_block": start}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None}, "usage": USAGE}
    yield {"type": "message_stop"}


def count_tokens(_mock, _path, _body):
    return document({"input_tokens": 100})
