"""A proxy before PostgreSQL that cuts or holds up connections at the n-th message."""
import socket
import threading
import time
from urllib.parse import urlsplit

# What happens to the n-th message of a client, counted over all connections.
FAULTS = ('request lost', 'answer lost', 'answer late')
LATE = 0.05


class Proxy:
    def __init__(self, url):
        parts = urlsplit(url)
        self.target = (parts.hostname, parts.port)
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        port = self.listener.getsockname()[1]
        self.url = parts._replace(netloc=f'{parts.username}@127.0.0.1:{port}').geturl()
        self.lock, self.countdown, self.kind, self.fired = threading.Lock(), 0, None, 0
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, kind, nth):
        with self.lock:
            self.countdown, self.kind, self.fired = nth, kind, 0

    def disarm(self):
        with self.lock:
            self.kind = None
            return self.fired, 'message'

    def _due(self):
        with self.lock:
            if self.kind is None:
                return None
            self.countdown -= 1
            if self.countdown != 0:
                return None
            self.fired += 1
            return self.kind

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            swallowing = threading.Event()
            threading.Thread(target=self._requests, args=(client, server, swallowing), daemon=True).start()
            threading.Thread(target=self._answers, args=(client, server, swallowing), daemon=True).start()

    def _requests(self, client, server, swallowing):
        for message in pieces(client):
            kind = self._due()
            if kind == 'request lost':
                break
            if kind == 'answer lost':
                swallowing.set()
            if kind == 'answer late':
                time.sleep(LATE)
            try:
                server.sendall(message)
            except OSError:
                break
            if kind == 'answer lost':
                # The other thread closes, once the answer has come.
                return
        close(client, server)

    def _answers(self, client, server, swallowing):
        for message in pieces(server):
            if swallowing.is_set():
                break
            try:
                client.sendall(message)
            except OSError:
                break
        close(client, server)


def pieces(connection):
    while True:
        try:
            piece = connection.recv(65536)
        except OSError:
            return
        if not piece:
            return
        yield piece


def close(*connections):
    for connection in connections:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()
