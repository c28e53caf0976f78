"""A small OAuth 1.0a client over one connection, for tests that send thousands of requests."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import time
from urllib.parse import quote, urlencode

UPLOAD = '/1.1/media/upload.json'


def encode(text):
    return quote(str(text), safe='~')


class Client:
    """Signs and sends requests, from a loopback address; unusable once the server is killed."""

    def __init__(self, port, keys, now=time.time, address='127.0.0.1'):
        self.host, self.keys, self.now = f'127.0.0.1:{port}', keys, now
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20, source_address=(address, 0))

    def send(self, method, path, form=None, parts=None, body=None):
        headers = {'Authorization': self.authorization(method, path, form)}
        if form is not None:
            body, headers['Content-Type'] = urlencode(form), 'application/x-www-form-urlencoded'
        elif parts is not None:
            body, headers['Content-Type'] = multipart(parts), 'multipart/form-data; boundary=b0undary'
        elif body is not None:
            headers['Content-Type'] = 'application/json'
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def authorization(self, method, path, form=None):
        signed = dict(form or {})
        stem, _, query = path.partition('?')
        if query:
            signed.update(pair.split('=') for pair in query.split('&'))
        oauth = {
            'oauth_consumer_key': self.keys['consumer_key'], 'oauth_token': self.keys['access_token'],
            'oauth_nonce': os.urandom(8).hex(), 'oauth_timestamp': int(self.now()),
            'oauth_signature_method': 'HMAC-SHA1', 'oauth_version': '1.0',
        }
        pairs = sorted((encode(k), encode(v)) for k, v in {**signed, **oauth}.items())
        base = '&'.join([method, encode(f'http://{self.host}{stem}'), encode('&'.join(f'{k}={v}' for k, v in pairs))])
        key = f"{encode(self.keys['consumer_secret'])}&{encode(self.keys['access_token_secret'])}"
        digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
        oauth['oauth_signature'] = base64.b64encode(digest).decode()
        return 'OAuth ' + ', '.join(f'{k}="{encode(v)}"' for k, v in oauth.items())

    def json(self, *arguments, **more):
        status, body = self.send(*arguments, **more)
        if status >= 300:
            raise AssertionError(f'{arguments[:2]}: {status} {body[:200]}')
        return json.loads(body) if body else None


def multipart(parts):
    out = b''
    for name, value in parts.items():
        value = value if isinstance(value, bytes) else str(value).encode()
        out += f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b'\r\n'
    return out + b'--b0undary--\r\n'
