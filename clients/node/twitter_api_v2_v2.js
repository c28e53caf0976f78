// twitter-api-v2: its v2 client; hosts are hard-coded (api.x.com).
const { step, expectError, skip, check, done, IMG, CK, CS, AT, AS, BEARER, ALT, TEXT } = require('./common.js');
const fs = require('fs');
const { TwitterApi } = require('twitter-api-v2');

(async () => {
  const bytes = fs.readFileSync(IMG);
  skip('simple upload', 'the library always uploads in chunks');
  skip('status', 'the library polls it internally, for videos only');
  const clients = [
    ['OAuth 1.0a', new TwitterApi({ appKey: CK, appSecret: CS, accessToken: AT, accessSecret: AS }).v2],
    ['OAuth 2.0', new TwitterApi(BEARER).v2],
  ];
  for (const [name, T] of clients) {
    const m = await step(`chunked upload (${name})`, () => T.uploadMedia(bytes, { media_type: 'image/png', media_category: 'tweet_image' }, 8192));
    await step(`alt text (${name})`, async () => { await T.createMediaMetadata(m, { alt_text: { text: ALT } }); });
    const t = await step(`Tweet (${name})`, async () => (await T.tweet(TEXT, { media: { media_ids: [m] } })).data.id);
    await step(`read back (${name})`, async () => {
      const response = await T.singleTweet(t, { expansions: ['attachments.media_keys', 'author_id'], 'media.fields': ['alt_text', 'url'] });
      check(response.includes.media[0].alt_text === ALT, response);
      const timeline = await T.userTimeline(response.includes.users[0].id, { max_results: 5 });
      check(timeline.tweets.some(one => one.id === t), timeline.tweets);
    });
    await expectError(`error path: unknown media (${name})`, () => T.tweet('x', { media: { media_ids: ['1'] } }), 400, 'media IDs are invalid');
  }
  done();
})();
