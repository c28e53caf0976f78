#!/usr/bin/env python3
"""xdk, X's own Python SDK: v2 with base64 in JSON, by OAuth 1.0a and by an OAuth 2.0 token."""
import base64

from common import AS, AT, ALT, BEARER, CK, CS, IMG, TEXT, check, done, expect_error, step

from xdk import Client
from xdk.media.models import AppendUploadRequest, CreateMetadataRequest, InitializeUploadRequest, UploadRequest
from xdk.oauth1_auth import OAuth1
from xdk.posts.models import CreateRequest

data = open(IMG, 'rb').read()


def b64(bytes_):
    return base64.b64encode(bytes_).decode()


def chunked(media):
    i = media.initialize_upload(InitializeUploadRequest(
        media_type='image/png', total_bytes=len(data), media_category='tweet_image')).data.id
    for n, start in enumerate(range(0, len(data), 16384)):
        media.append_upload(i, AppendUploadRequest(media=b64(data[start:start + 16384]), segment_index=n))
    return media.finalize_upload(i).data.id


def describe(media, i):
    response = media.create_metadata(CreateMetadataRequest(id=i, metadata={'alt_text': {'text': ALT}}))
    check(response.data.id == i, response)


def back(posts, t):
    response = posts.get_by_id(t, expansions=['attachments.media_keys'], media_fields=['alt_text'])
    texts = [media.alt_text for media in response.includes.media]
    check(texts == [ALT, ALT], texts)


def run(auth, client):
    media, posts = client.media, client.posts
    m = step(f'simple upload ({auth})', lambda: media.upload(
        UploadRequest(media=b64(data), media_category='tweet_image')).data.id)
    c = step(f'chunked upload ({auth})', lambda: chunked(media))
    step(f'status ({auth})', lambda: media.get_upload_status(c, command='STATUS').data.id)
    for i in (m, c):
        step(f'alt text ({auth})', lambda: describe(media, i))
    t = step(f'Tweet ({auth})', lambda: posts.create(CreateRequest(text=TEXT, media={'media_ids': [m, c]})).data.id)
    step(f'read back ({auth})', lambda: back(posts, t))
    expect_error(f'error path: unknown media ({auth})',
                 lambda: posts.create(CreateRequest(text='x', media={'media_ids': ['1']})), 400)


run('OAuth 1.0a', Client(auth=OAuth1(CK, CS, 'http://localhost/cb', AT, AS)))
run('OAuth 2.0', Client(access_token=BEARER))
done()
