#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// require("hello-mcp").hello(name), and as a program an MCP server on standard input and output.
const readline = require("readline");

const hello = (name) => `hello ${name} from node`;

const tool = {
  name: "hello",
  description: "Says hello",
  inputSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
};

const answers = {
  initialize: (params) => ({
    protocolVersion: params.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "hello-mcp", version: "1.0.0" },
  }),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": (params) => ({ content: [{ type: "text", text: hello(params.arguments.name) }] }),
  ping: () => ({}),
};

function serve(line) {
  const request = JSON.parse(line);
  if (request.id === undefined) return;
  const answer = answers[request.method];
  const body = answer ? { result: answer(request.params) } : { error: { code: -32601, message: "no such method" } };
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id: request.id, ...body }) + "\n");
}

module.exports = { hello };
if (require.main === module) readline.createInterface({ input: process.stdin }).on("line", serve);
