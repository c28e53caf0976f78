// Walks twitter-api-v2's OAuth 2.0 login through the consent page in headless Chromium, by
// keyboard alone, and uses, renews and ends the tokens that it gets.
import http from 'http';
import { createRequire } from 'module';
import { chromium } from 'playwright-core';

const { step, refused, check, done } = createRequire(import.meta.url)('./common.js');
const { TwitterApi } = createRequire(import.meta.url)('twitter-api-v2');
const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, USERNAME: username, PASSWORD: password, CALLBACK: callback } = process.env;
const scope = ['tweet.read', 'tweet.write', 'users.read', 'media.write', 'offline.access', 'space.read'];

// The app: it waits for the browser to come back.
let arrived;
const server = http.createServer((request, response) => {
  response.end('back at the app');
  const url = new URL(request.url, callback);
  if (url.pathname === new URL(callback).pathname) arrived?.(url.searchParams);
}).listen(new URL(callback).port, '127.0.0.1');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
const page = await context.newPage();
const app = new TwitterApi({ clientId, clientSecret });

// Presses Tab until the element with this accessible name has the focus.
async function reach(role, name) {
  const wanted = page.getByRole(role, { name, exact: true });
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate(node => node === node.ownerDocument.activeElement)) return;
  }
  throw new Error(`Tab does not reach the ${role} "${name}"`);
}

async function visit(decide) {
  const link = app.generateOAuth2AuthLink(callback, { scope });
  const back = new Promise(resolve => { arrived = resolve; });
  await page.goto(link.url);
  await decide();
  const query = await Promise.race([back, new Promise((_, fail) => { setTimeout(() => fail(new Error(`stayed at ${page.url()}`)), 15_000); })]);
  await page.waitForURL(`${callback}?*`);
  check(query.get('state') === link.state, 'the state came back changed');
  return { link, query };
}

const link = await step('page names the scopes', async () => {
  const url = app.generateOAuth2AuthLink(callback, { scope }).url;
  check(url.startsWith('https://x.com/i/oauth2/authorize?'), url);
  await page.goto(url);
  const text = await page.locator('main').innerText();
  for (const wanted of ['See your Tweets', 'Post and delete Tweets', 'Upload media', 'space.read']) check(text.includes(wanted), text);
  return url;
});
check(link, 'no page');
await step('denied', async () => {
  const { query } = await visit(async () => { await reach('button', 'Cancel'); await page.keyboard.press('Enter'); });
  check(query.get('error') === 'access_denied', query.toString());
});
await step('wrong password is told', async () => {
  await page.goto(link);
  await reach('textbox', 'Username');
  await page.keyboard.type(username);
  await reach('textbox', 'Password');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  const alert = await page.getByRole('alert').innerText();
  check(alert.includes('do not match'), alert);
});
const login = await step('allowed by keyboard', async () => {
  const { link: asked, query } = await visit(async () => {
    await reach('textbox', 'Username');
    await page.keyboard.type(username);
    await reach('textbox', 'Password');
    await page.keyboard.type(password);
    await reach('button', 'Authorize app');
    await page.keyboard.press('Enter');
  });
  return { code: query.get('code'), codeVerifier: asked.codeVerifier, redirectUri: callback };
});
let given;
await step('code exchanged', async () => {
  given = await app.loginWithOAuth2(login);
  check(given.scope.join(' ') === scope.join(' ') && given.expiresIn === 7200, given);
});
await step('token used', async () => {
  const me = await given.client.v2.me();
  check(me.data.username === username, me);
});
await refused('code used twice', () => app.loginWithOAuth2(login), 400);
await step('signed in already, allowed again', async () => {
  const { link: asked, query } = await visit(async () => { await reach('button', 'Authorize app'); await page.keyboard.press('Enter'); });
  given = await app.loginWithOAuth2({ code: query.get('code'), codeVerifier: asked.codeVerifier, redirectUri: callback });
});
await step('renewed', async () => {
  const next = await app.refreshOAuth2Token(given.refreshToken);
  check(next.refreshToken !== given.refreshToken, 'the refresh token did not change');
  given = next;
});
await step('revoked', () => app.revokeOAuth2Token(given.accessToken, 'access_token').then(() => undefined));
await browser.close();
server.close();
done();
