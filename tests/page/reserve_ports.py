# Keeps ports for the servers of a test: prints N of them, and holds them until its standard input ends. A server that sets SO_REUSEADDR,
# as all of these do, can listen on one meanwhile; the system gives it to nobody else.
import socket
import sys

held = []
for _ in range(int(sys.argv[1])):
    held.append(socket.socket())
    held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held[-1].bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held), flush=True)
sys.stdin.read()
