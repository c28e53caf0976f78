#!/usr/bin/env python3
"""tweepy beside our own API for descriptions, for which requests signs with the same keys."""
from common import *
import requests
import tweepy
from requests_oauthlib import OAuth1

OWN = 'https://api.twitter.com/birdhouse/v1/'
OTHER = [os.environ[name] for name in ('OTHER_ACCESS_TOKEN', 'OTHER_ACCESS_SECRET')]
api = tweepy.API(tweepy.OAuth1UserHandler(CK, CS, AT, AS))
client = tweepy.Client(consumer_key=CK, consumer_secret=CS, access_token=AT, access_token_secret=AS)


def own(method, path, body=None, other=False):
    auth = OAuth1(CK, CS, *(OTHER if other else (AT, AS)))
    response = requests.request(method, OWN + path, json=body, auth=auth, timeout=20)
    check(response.ok, f'{method} {path}: {response.status_code} {response.text}')
    return response.json() if response.content else None


def shown(tweet):
    status = api.get_status(tweet, include_ext_alt_text=True, tweet_mode='extended')
    return status.extended_entities['media'][0]['ext_alt_text']


def same(got, expected):
    check(got == expected, f'{got!r} instead of {expected!r}')


def suggested():
    media = api.media_upload(IMG).media_id_string
    api.create_media_metadata(media, 'a bird')
    tweet = api.update_status('hi', media_ids=[media]).id_str
    path = f'media/{media}/descriptions'
    words = {'alt_text': 'A wren sings on a gate.'}
    made = step('bob suggests', lambda: own('POST', f'media/{media}/suggestions', words, other=True))
    step('nobody sees it', lambda: same(shown(tweet), 'a bird'))
    queue = step('alice sees it in her queue', lambda: own('GET', 'suggestions'))['suggestions']
    same([one['id'] for one in queue], [made['id']])
    step('alice accepts it', lambda: own('POST', f'suggestions/{made["id"]}/accept'))
    step('tweepy shows it', lambda: same(shown(tweet), words['alt_text']))
    history = [(one['alt_text'], one['origin'], one['author']['username']) for one in own('GET', path)['history']]
    step('the history has both', lambda: same(
        history, [(words['alt_text'], 'suggested', 'bob'), ('a bird', 'author', 'alice')]))
    step('undo', lambda: own('POST', f'{path}/und/undo'))
    step('tweepy shows the text before', lambda: same(shown(tweet), 'a bird'))
    step('a second language', lambda: own('PUT', f'{path}/fr', {'alt_text': 'Un oiseau'}))
    texts = {one['lang']: one['alt_text'] for one in own('GET', path)['descriptions']}
    step('both languages are there', lambda: same(texts, {'und': 'a bird', 'fr': 'Un oiseau'}))
    step('tweepy shows the default one', lambda: same(shown(tweet), 'a bird'))


def required():
    media = api.media_upload(IMG).media_id_string
    expect_error('v1.1 refuses', lambda: api.update_status('hi', media_ids=[media]), 403, 324, 'has no alt text')
    expect_error('v2 refuses', lambda: client.create_tweet(text='hi', media_ids=[media]), 400, 'has no alt text')
    step('metadata/create', lambda: api.create_media_metadata(media, 'A wren sings on a gate.'))
    step('v1.1 posts', lambda: api.update_status('hi', media_ids=[media]).id_str)
    step('v2 posts', lambda: client.create_tweet(text='hi again', media_ids=[media]).data['id'])


{'suggested': suggested, 'required': required}[sys.argv[2]]()
done()
