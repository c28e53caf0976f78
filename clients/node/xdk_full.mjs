// @xdevplatform/xdk, X's own TypeScript SDK: v2 with base64 in JSON.
import { createRequire } from 'module';

const require = createRequire(import.meta.url);
const fs = require('fs');
const { step, expectError, check, done, IMG, CK, CS, AT, AS, BEARER, ALT, TEXT } = require('./common.js');
const { Client, OAuth1 } = require('@xdevplatform/xdk');

const bytes = fs.readFileSync(IMG);
const oauth1 = new OAuth1({ apiKey: CK, apiSecret: CS, callback: 'http://localhost/cb', accessToken: AT, accessTokenSecret: AS });

async function chunked(media) {
  const id = (await media.initializeUpload({ mediaType: 'image/png', totalBytes: bytes.length, mediaCategory: 'tweet_image' })).data.id;
  for (let n = 0, at = 0; at < bytes.length; n += 1, at += 16384) {
    await media.appendUpload(id, { media: bytes.subarray(at, at + 16384).toString('base64'), segmentIndex: n });
  }
  return (await media.finalizeUpload(id)).data.id;
}

for (const [name, client] of [['OAuth 1.0a', new Client({ oauth1 })], ['OAuth 2.0', new Client({ accessToken: BEARER })]]) {
  const { media, posts } = client;
  const m = await step(`simple upload (${name})`, async () => (await media.upload({ media: bytes.toString('base64'), mediaCategory: 'tweet_image' })).data.id);
  const c = await step(`chunked upload (${name})`, () => chunked(media));
  await step(`status (${name})`, async () => (await media.getUploadStatus(c, { command: 'STATUS' })).data.id);
  for (const id of [m, c]) {
    await step(`alt text (${name})`, async () => {
      const response = await media.createMetadata({ id, metadata: { altText: { text: ALT } } });
      check(response.data.id === id, response);
    });
  }
  const t = await step(`Tweet (${name})`, async () => (await posts.create({ text: TEXT, media: { mediaIds: [m, c] } })).data.id);
  await step(`read back (${name})`, async () => {
    const response = await posts.getById(t, { expansions: ['attachments.media_keys'], mediaFields: ['alt_text'] });
    const texts = response.includes.media.map(one => one.altText);
    check(texts.length === 2 && texts.every(text => text === ALT), texts);
  });
  await expectError(`error path: unknown media (${name})`, () => posts.create({ text: 'x', media: { mediaIds: ['1'] } }), 400);
}
done();
