// twitter-api-sdk, the first SDK for v2: it has no media calls, so fetch uploads the media.
const { step, expectError, skip, check, done, BEARER, TEXT, ALT } = require('./common.js');
const fs = require('fs');
const { Client } = require('twitter-api-sdk');

(async () => {
  const client = new Client(BEARER);
  for (const name of ['chunked upload', 'status']) skip(name, 'the library has no media calls');
  const headers = { authorization: `Bearer ${BEARER}`, 'content-type': 'application/json' };
  const post = async (path, body) => (await fetch(`https://api.x.com${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  const media = fs.readFileSync(process.argv[2]).toString('base64');
  const m = (await post('/2/media/upload', { media, media_category: 'tweet_image' })).data.id;
  await post('/2/media/metadata', { id: m, metadata: { alt_text: { text: ALT } } });
  skip('simple upload', 'the library has no media calls');
  skip('alt text', 'the library has no media calls');
  const t = await step('Tweet', async () => (await client.tweets.createTweet({ text: TEXT, media: { media_ids: [m] } })).data.id);
  await step('read back', async () => {
    const response = await client.tweets.findTweetById(t, { expansions: ['attachments.media_keys'], 'media.fields': ['alt_text'] });
    check(response.includes.media[0].alt_text === ALT, response);
  });
  await expectError('error path: unknown media', () => client.tweets.createTweet({ text: 'x', media: { media_ids: ['1'] } }), 400);
  done();
})();
