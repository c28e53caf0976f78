#!/usr/bin/env python3
"""Uploads an animated GIF and a video of 60 seconds in chunks, polls STATUS, Tweets them, and plays
every rendition of the Tweet in headless Chromium."""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crash import BIRDHOUSE, start
from crash_media import check_media, encode
from signed_client import UPLOAD, Client

ROOT = Path(__file__).resolve().parent
SEGMENT = 4 << 20


def upload(client, data, kind, category):
    """Uploads in chunks; returns the id and the successive states reported by STATUS."""
    media = client.json('POST', UPLOAD, form={
        'command': 'INIT', 'total_bytes': len(data), 'media_type': kind,
        'media_category': category})['media_id_string']
    for index, at in enumerate(range(0, len(data), SEGMENT)):
        client.send('POST', UPLOAD, parts={'command': 'APPEND', 'media_id': media, 'segment_index': index,
                                           'media': data[at:at + SEGMENT]})
    info = client.json('POST', UPLOAD, form={'command': 'FINALIZE', 'media_id': media})['processing_info']
    states = [(info['state'], info.get('progress_percent'))]
    while info['state'] in ('pending', 'in_progress'):
        time.sleep(min(info['check_after_secs'], 0.5))
        info = client.json('GET', f'{UPLOAD}?command=STATUS&media_id={media}')['processing_info']
        state = (info['state'], info.get('progress_percent'))
        if state != states[-1]:
            states.append(state)
    assert states[-1] == ('succeeded', 100), states
    percents = [percent for _, percent in states if percent is not None]
    assert percents == sorted(percents), states
    return media, states


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        gif = encode(directory, 'a.gif', '-i testsrc2=s=800x600:r=20 -t 8')
        video = encode(directory, 'a.mp4', '-i testsrc2=s=1280x720:r=30 -f lavfi -i sine=440 -t 60 '
                                     '-pix_fmt yuv420p -preset ultrafast -c:a aac')
        server, port = start(directory / 'data', [])
        keys = json.loads(subprocess.check_output(
            [BIRDHOUSE, 'credentials', '--json', '--data-dir', directory / 'data']))
        client, urls = Client(port, keys), []
        for data, kind, category in ((gif, 'image/gif', 'tweet_gif'), (video, 'video/mp4', 'tweet_video')):
            media, states = upload(client, data, kind, category)
            print(f'{category}: {len(data)} bytes; STATUS reported {states}', flush=True)
            check_media(client, media, time.time() + 600)
            tweet = client.json('POST', '/1.1/statuses/update.json', form={'status': category, 'media_ids': media})
            variants = tweet['extended_entities']['media'][0]['video_info']['variants']
            # The server runs with port 0, which is in its URLs.
            urls += [v['url'].replace('127.0.0.1:0/', f'127.0.0.1:{port}/') for v in variants if 'm3u8' not in v['url']]
        played = subprocess.run(['node', ROOT / 'node/playback.mjs', *urls], capture_output=True, text=True, check=False)
        print(played.stdout + played.stderr, end='')
        server.terminate()
        server.wait()
        sys.exit(played.returncode or len(urls) != 4)


if __name__ == '__main__':
    main()
