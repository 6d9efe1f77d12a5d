"""The PyPI package factorio-rcon-py as a client. Arguments: PORT PASSWORD COMMAND...; prints a JSON list of replies."""

import json
import sys

import factorio_rcon

port, password, commands = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
try:
    with factorio_rcon.RCONClient("127.0.0.1", port, password, timeout=10) as client:
        replies = [client.send_command(command) or "" for command in commands]
except factorio_rcon.InvalidPassword:
    print(json.dumps("refused"))
else:
    print(json.dumps(replies))
