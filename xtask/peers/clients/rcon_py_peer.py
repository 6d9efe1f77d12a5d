"""The PyPI package rcon as a client. Arguments: PORT PASSWORD COMMAND...; prints a JSON list of replies."""

import json
import sys

from rcon.exceptions import WrongPassword
from rcon.source import Client

port, password, commands = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
try:
    with Client("127.0.0.1", port, passwd=password, timeout=10) as client:
        replies = [client.run(command) for command in commands]
except WrongPassword:
    print(json.dumps("refused"))
else:
    print(json.dumps(replies))
