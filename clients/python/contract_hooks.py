"""Authenticates the requests of schemathesis: under /2 by a bearer token, elsewhere by an OAuth 1.0a
signature, and at token endpoints by the app's id and secret."""
import os
from urllib.parse import urlsplit

import schemathesis
from requests.auth import AuthBase
from requests_oauthlib import OAuth1


class Authentication(AuthBase):
    signature = OAuth1(*(os.environ[name] for name in (
        'CONSUMER_KEY', 'CONSUMER_SECRET', 'ACCESS_TOKEN', 'ACCESS_SECRET')))

    def __call__(self, request):
        path = urlsplit(request.url).path
        if path.startswith('/2/oauth2/') or path.startswith('/oauth2/'):
            names = ('CLIENT_ID', 'CLIENT_SECRET') if path.startswith('/2/') else ('CONSUMER_KEY', 'CONSUMER_SECRET')
            request.prepare_auth(tuple(os.environ[name] for name in names))
        elif path.startswith('/2/'):
            request.headers['Authorization'] = f'Bearer {os.environ["BEARER"]}'
        else:
            if request.method in ('GET', 'HEAD'):
                # The signer does not support a body here.
                request.prepare_body(None, None)
                request.headers.pop('Content-Type', None)
            request = self.signature(request)
            request.headers['Authorization'] = request.headers['Authorization'].decode()
        return request


schemathesis.auth.set_from_requests(Authentication())
