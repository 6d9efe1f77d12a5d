"""An RCON server made of the PyPI package rcon-server. Arguments: PORT PASSWORD. Prints a line when it listens."""

import asyncio
import sys

from rcon_server.rcon_packet import RCONPacket
from rcon_server.rcon_server import RCONServer


def answer(command):
    if command == "/version":
        return "2.0.77\n"
    return f"you said: {command}\n"


class Peer(RCONServer):
    def handle_execcommand(self, packet, connection):
        reply = RCONPacket(packet.id, RCONPacket.SERVERDATA_RESPONSE_VALUE, answer(packet.body))
        connection.send_packet(reply)


port, password = int(sys.argv[1]), sys.argv[2]
asyncio.run(Peer(("127.0.0.1", port), password).listen())
