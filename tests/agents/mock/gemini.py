# SPDX-License-Identifier: Apache-2.0
"""Gemini's generateContent, with streaming and function calls."""
import json

from conversation import Conversation, document, events, parameters


def read(body):
    declarations = [each for tool in body.get("tools") or [] for each in tool.get("functionDeclarations", [])]
    schema = {each["name"]: each.get("parametersJsonSchema") or each.get("parameters") for each in declarations}
    conversation = Conversation({name: parameters(each) for name, each in schema.items()})
    for content in body.get("contents", []):
        for part in content.get("parts", []):
            if "functionResponse" in part:
                conversation.result(result_of(part["functionResponse"]["response"]))
            elif "text" in part and content.get("role") == "user":
                conversation.prompt(part["text"])
    return conversation


def result_of(response):
    return response["output"] if isinstance(response.get("output"), str) else json.dumps(response, sort_keys=True)


def example(schema):
    """The least that fits a JSON schema: the agent asks beside whether it goes in circles, and wants numbers."""
    kind = str(schema.get("type", "object")).lower()
    if kind == "object":
        return {name: example(each) for name, each in schema.get("properties", {}).items()}
    return {"array": [], "number": 0, "integer": 0, "boolean": False}.get(kind, "no")


def answer(mock, path, body):
    config = body.get("generationConfig") or {}
    order = mock.next(read(body))
    if config.get("responseMimeType") == "application/json":
        part = {"text": json.dumps(example(config.get("responseJsonSchema") or config.get("responseSchema") or {}))}
    elif "tool" in order:
        part = {"functionCall": {"name": order["tool"], "args": order["arguments"]}}
    else:
        part = {"text": order["text"]}
    response = {"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110},
                "modelVersion": "mock"}
    return events([response]) if ":stream" in path else document(response)


def count_tokens(_mock, _path, _body):
    return document({"totalTokens": 100})
