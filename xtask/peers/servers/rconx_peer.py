"""An RCON server made of the PyPI package rconx. Arguments: PORT PASSWORD. Prints a line when it listens."""

import sys

from rconx import RconServer


def answer(content, _info):
    command = content.content.decode()
    if command == "/version":
        return "2.0.77\n"
    return f"you said: {command}\n"


port, password = int(sys.argv[1]), sys.argv[2]
server = RconServer("127.0.0.1", port, authentication=password, command_handler=answer)
server.serve(on_started=lambda: print("listening", flush=True))
