#!/usr/bin/env python3
"""python-twitter-v2 (imports as pytwitter): the v2 half of its media calls, and its Tweets."""
import io
import os

from common import AS, AT, ALT, BEARER, CK, CS, IMG, TEXT, check, done, expect_error, skip, step

import pytwitter

data, size = open(IMG, 'rb').read(), os.path.getsize(IMG)


def simple(api):
    response = api.upload_media_simple_v2(media=open(IMG, 'rb'), media_category='tweet_image', return_json=True)
    return response.get('id') or response['data']['id']


def chunked(api):
    i = api.upload_media_chunked_init_v2(total_bytes=size, media_type='image/png', media_category='tweet_image').data.id
    # The library omits segment_index, so it can send only one segment.
    check(api.upload_media_chunked_append_v2(i, 0, io.BytesIO(data)), 'append')
    return api.upload_media_chunked_finalize_v2(i).data.id


def back(api, t):
    response = api.get_tweet(t, expansions=['attachments.media_keys'], media_fields=['alt_text'], return_json=True)
    check(response['includes']['media'][0]['media_key'].startswith('3_'), response)


skip('alt text', 'the library has no call for it')
for name, api in (('OAuth 1.0a', pytwitter.Api(consumer_key=CK, consumer_secret=CS, access_token=AT, access_secret=AS)),
                  ('OAuth 2.0', pytwitter.Api(bearer_token=BEARER))):
    m = step(f'simple upload ({name})', lambda: simple(api))
    c = step(f'chunked upload ({name})', lambda: chunked(api))
    step(f'status ({name})', lambda: api.upload_media_chunked_status_v2(c).data.id)
    t = step(f'Tweet ({name})', lambda: api.create_tweet(text=TEXT, media_media_ids=[m, c]).id)
    step(f'read back ({name})', lambda: back(api, t))
    expect_error(f'error path: unknown media ({name})', lambda: api.create_tweet(text='x', media_media_ids=['1']), 'Invalid Request')
done()
