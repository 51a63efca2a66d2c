# SPDX-License-Identifier: Apache-2.0
"""OpenAI Responses and OpenAI Chat Completions, with streaming and tool use."""
import json

from conversation import Conversation, document, events, new_id, parameters, text_of

# --- Responses -----------------------------------------------------------------------------------------------------


def tools_of_responses(tools):
    """A namespace has tools of its own; a custom tool takes one text, here the parameter "input"."""
    found = {}
    for tool in tools:
        if tool["type"] == "function":
            found[tool["name"]] = parameters(tool.get("parameters"))
        elif tool["type"] == "custom":
            found[tool["name"]] = ["input"]
        elif tool["type"] == "namespace":
            for name, names in tools_of_responses(tool["tools"]).items():
                found[f"{tool['name']}/{name}"] = names
    return found


def read_responses(body):
    conversation = Conversation(tools_of_responses(body.get("tools") or []))
    items = body.get("input") or []
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        if item.get("type", "message") == "message" and item["role"] == "user":
            conversation.prompt(text_of(item["content"]))
        elif item.get("type") in ("function_call_output", "custom_tool_call_output"):
            conversation.result(text_of(item["output"]))
    return conversation


def item_of(order):
    if "tool" not in order:
        return {"type": "message", "id": new_id("msg"), "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": order["text"], "annotations": []}]}
    namespace, _, name = order["tool"].rpartition("/")
    call = {"id": new_id("fc"), "call_id": new_id("call"), "name": name, "status": "completed"}
    if namespace:
        call["namespace"] = namespace
    if list(order["arguments"]) == ["input"]:
        return {"type": "custom_tool_call", "input": order["arguments"]["input"], **call}
    return {"type": "function_call", "arguments": json.dumps(order["arguments"]), **call}


def answer_responses(mock, _path, body):
    item = item_of(mock.next(read_responses(body)))
    response = {"id": new_id("resp"), "object": "response", "created_at": 0, "model": body.get("model", "mock"),
                "status": "completed", "output": [item], "parallel_tool_calls": False, "tool_choice": "auto", "tools": [],
                "usage": {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
                          "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 110}}
    if not body.get("stream"):
        return document(response)
    return events([
        {"type": "response.created", "response": dict(response, status="in_progress", output=[], usage=None)},
        {"type": "response.output_item.added", "output_index": 0, "item": dict(item, status="in_progress")},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ], named=True)


# --- Chat Completions ----------------------------------------------------------------------------------------------


def read_chat(body):
    tools = [tool["function"] for tool in body.get("tools") or []]
    conversation = Conversation({tool["name"]: parameters(tool.get("parameters")) for tool in tools})
    for message in body.get("messages", []):
        if message["role"] == "user":
            conversation.prompt(text_of(message["content"]))
        elif message["role"] == "tool":
            conversation.result(text_of(message["content"]))
    return conversation


def message_of(order):
    if "tool" not in order:
        return {"role": "assistant", "content": order["text"]}
    call = {"index": 0, "id": new_id("call"), "type": "function",
            "function": {"name": order["tool"], "arguments": json.dumps(order["arguments"])}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def answer_chat(mock, _path, body):
    message = message_of(mock.next(read_chat(body)))
    reason = "tool_calls" if "tool_calls" in message else "stop"
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    frame = {"id": new_id("chatcmpl"), "created": 0, "model": body.get("model", "mock")}
    if not body.get("stream"):
        return document(dict(frame, object="chat.completion", usage=usage,
                             choices=[{"index": 0, "message": message, "finish_reason": reason}]))
    frame["object"] = "chat.completion.chunk"
    return events([
        dict(frame, choices=[{"index": 0, "delta": message, "finish_reason": None}]),
        dict(frame, choices=[{"index": 0, "delta": {}, "finish_reason": reason}]),
        dict(frame, choices=[], usage=usage),
        "[DONE]",
    ])
