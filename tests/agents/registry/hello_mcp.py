# SPDX-License-Identifier: Apache-2.0
"""hello(name), and as a program an MCP server on standard input and output."""
import json
import sys

TOOL = {
    "name": "hello",
    "description": "Says hello",
    "inputSchema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
}


def hello(name):
    return f"hello {name} from python"


def initialize(params):
    return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "hello-mcp", "version": "1.0.0"}}


ANSWERS = {
    "initialize": initialize,
    "tools/list": lambda params: {"tools": [TOOL]},
    "tools/call": lambda params: {"content": [{"type": "text", "text": hello(params["arguments"]["name"])}]},
    "ping": lambda params: {},
}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        body = {"error": {"code": -32601, "message": "no such method"}}
        if request["method"] in ANSWERS:
            body = {"result": ANSWERS[request["method"]](request.get("params"))}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **body}), flush=True)


if __name__ == "__main__":
    main()
