#!/usr/bin/env python3
"""tweepy: its v2 Client, which has no media calls; media come from its v1.1 half."""
import tweepy
from common import AS, AT, ALT, BEARER, CK, CS, IMG, TEXT, check, done, expect_error, skip, step

api = tweepy.API(tweepy.OAuth1UserHandler(CK, CS, AT, AS))
oauth1 = tweepy.Client(consumer_key=CK, consumer_secret=CS, access_token=AT, access_token_secret=AS)
m = step('simple upload (v1.1)', lambda: api.media_upload(IMG).media_id_string)
c = step('chunked upload (v1.1)', lambda: api.chunked_upload(
    IMG, file_type='image/png', media_category='tweet_image', chunk_size=16384).media_id_string)
skip('status', 'the library has no call for it in v2')
for i in (m, c):
    step('alt text (v1.1)', lambda: api.create_media_metadata(i, ALT))


def back(client, tweet, user_auth):
    response = client.get_tweet(tweet, expansions=['attachments.media_keys', 'author_id'],
                              media_fields=['alt_text'], user_auth=user_auth)
    check(response.includes['media'][0].alt_text == ALT, response.includes)
    check(response.data.text.startswith('hello'), response.data.text)
    mine = client.get_users_tweets(response.includes['users'][0].id, max_results=5, user_auth=user_auth)
    check(int(tweet) in [one.id for one in mine.data], mine)


for name, client, user_auth in (('OAuth 1.0a', oauth1, True), ('OAuth 2.0', tweepy.Client(BEARER), False)):
    media = m if user_auth else c
    t = step(f'Tweet ({name})', lambda: client.create_tweet(
        text=TEXT, media_ids=[media], user_auth=user_auth).data['id'])
    step(f'read back ({name})', lambda: back(client, t, user_auth))
expect_error('error path: unknown media', lambda: oauth1.create_tweet(text='x', media_ids=['1']), 'media IDs are invalid')
step('Tweet, deleted', lambda: check(oauth1.delete_tweet(t).data['deleted'], 'deleted'))
done()
