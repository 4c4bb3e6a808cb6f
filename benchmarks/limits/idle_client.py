"""Opens connections, asks once on each, and keeps them open.

Usage: idle_client.py PORT COUNT

Prints "open" when each has its answer, then waits for the end of its standard
input, and prints how many of the connections the server has closed by then. A
process of its own, so that nothing of the client is in the server's memory.
"""

import select
import socket
import sys

REQUEST = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
END_OF_ANSWER = b"Hello, world!"


def ask_once(port):
    """A connection that has had its answer."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(REQUEST)
    answer = b""
    while not answer.endswith(END_OF_ANSWER):
        part = connection.recv(4096)
        if not part:
            sys.exit(f"idle_client: the server closed after {answer!r}")
        answer += part
    return connection


def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    connections = [ask_once(port) for _ in range(count)]
    print("open", flush=True)
    sys.stdin.read()
    poller = select.poll()
    for connection in connections:
        poller.register(connection, select.POLLIN)
    print(len(poller.poll(0)))


if __name__ == "__main__":
    main()
