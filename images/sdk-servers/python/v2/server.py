"""A small MCP server on the official Python SDK, version 2 (MCPServer): MCP at /mcp on PORT (8080), and nothing else.

The argument is "stateful" (the SDK's default) or "stateless". ALLOWED_HOSTS, comma-separated, is what clients may send
as Host; unset, it is the SDK's default for 0.0.0.0, which is anything.
"""

import os
import sys

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

MODE = sys.argv[1] if len(sys.argv) > 1 else "stateful"
if MODE not in ("stateful", "stateless"):
    sys.exit(f"{MODE!r} is neither stateful nor stateless")
HOSTS = os.environ.get("ALLOWED_HOSTS")

server = MCPServer("sdk-python-v2", version="1.0.0")


@server.tool()
def echo(message: str) -> str:
    """Says back what it is told"""
    return message


@server.tool()
def add(a: float, b: float) -> float:
    """Adds two numbers"""
    return a + b


if __name__ == "__main__":
    server.run(
        "streamable-http",
        host="0.0.0.0",
        port=int(os.environ.get("PORT", "8080")),
        stateless_http=MODE == "stateless",
        transport_security=TransportSecuritySettings(allowed_hosts=HOSTS.split(",")) if HOSTS else None,
    )
