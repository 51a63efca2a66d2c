# SPDX-License-Identifier: Apache-2.0
"""Turns a step of a job into a call of one of the tools that an agent offers.

A step has a "name" and one of
  {"read": PATH}, {"write": PATH, "text": TEXT}, {"edit": PATH, "old": TEXT, "new": TEXT},
  {"shell": COMMAND}, {"mcp": SERVER} (the tool "hello" of that server).
"""

PATHS = ["file_path", "filePath", "absolute_path", "path"]
COMMANDS = ["command", "cmd", "commands"]
TOOLS = {
    "read": ["Read", "read", "read_file"],
    "write": ["Write", "write", "write_file"],
    "edit": ["Edit", "edit", "replace", "edit_file"],
    "shell": ["Bash", "bash", "run_shell_command", "exec_command", "shell_command", "shell", "run_command"],
}
# Parameters that agents call differently; the first that the tool has is given the value.
OTHERS = {
    "text": ["content", "text"],
    "old": ["old_string", "oldString", "old_text", "old"],
    "new": ["new_string", "newString", "new_text", "new"],
}
# Further arguments that some tools ask for.
BESIDE = {"description": "a step", "instruction": "a step", "timeout": 120000, "timeout_ms": 120000, "yield_time_ms": 120000}


def order(step, tools):
    kind = next(each for each in ("read", "write", "edit", "shell", "mcp") if each in step)
    if kind == "mcp":
        return order_mcp(step, tools)
    name = next((each for each in TOOLS[kind] if each in tools), None)
    if name is None:
        return order_patch(kind, step, tools)
    arguments = {}
    give(arguments, tools[name], COMMANDS if kind == "shell" else PATHS, step[kind])
    for key, names in OTHERS.items():
        if key in step:
            give(arguments, tools[name], names, step[key])
    for key, value in BESIDE.items():
        if key in tools[name]:
            arguments[key] = value
    if kind == "shell" and name == "shell":
        arguments["command"] = ["bash", "-c", step["shell"]]
    return {"tool": name, "arguments": arguments}


def give(arguments, names, candidates, value):
    name = next((each for each in candidates if each in names), candidates[0])
    arguments[name] = value


def order_mcp(step, tools):
    for name in tools:
        if step["mcp"] in name and name.endswith("hello"):
            return {"tool": name, "arguments": {"name": step["mcp"]}}
    return order({"shell": f"echo 'the MCP server {step['mcp']} is not connected'"}, tools)


def order_patch(kind, step, tools):
    """An agent without tools for files has a shell, and perhaps apply_patch."""
    if kind == "read":
        return order({"shell": f"cat {step['read']}"}, tools)
    if kind == "write":
        patch = [f"*** Add File: {step['write']}"] + ["+" + line for line in step["text"].splitlines()]
    else:
        patch = [f"*** Update File: {step['edit']}", "@@"]
        patch += ["-" + line for line in step["old"].splitlines()] + ["+" + line for line in step["new"].splitlines()]
    text = "\n".join(["*** Begin Patch", *patch, "*** End Patch"]) + "\n"
    if "apply_patch" in tools:
        return {"tool": "apply_patch", "arguments": {"input": text}}
    return order({"shell": f"apply_patch <<'END'\n{text}END"}, tools)
