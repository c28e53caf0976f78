// Runs twitter-api-v2's OAuth 2.0 login through the consent page in headless Chromium, by keyboard
// alone, and uses, refreshes and revokes the tokens.
import http from 'http';
import { createRequire } from 'module';
import { chromium } from 'playwright-core';

const { step, expectError, check, done } = createRequire(import.meta.url)('./common.js');
const { TwitterApi } = createRequire(import.meta.url)('twitter-api-v2');
const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, USERNAME: username, PASSWORD: password, CALLBACK: callback } = process.env;
const scope = ['tweet.read', 'tweet.write', 'users.read', 'media.write', 'offline.access', 'space.read'];

// The app, which receives the redirect of the browser.
let onRedirect;
const server = http.createServer((request, response) => {
  response.end('back at the app');
  const url = new URL(request.url, callback);
  if (url.pathname === new URL(callback).pathname) onRedirect?.(url.searchParams);
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
async function focusByTab(role, name) {
  const target = page.getByRole(role, { name, exact: true });
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate(node => node === node.ownerDocument.activeElement)) return;
  }
  throw new Error(`Tab does not reach the ${role} "${name}"`);
}

async function login(decide) {
  const link = app.generateOAuth2AuthLink(callback, { scope });
  const redirect = new Promise(resolve => { onRedirect = resolve; });
  await page.goto(link.url);
  await decide();
  const query = await Promise.race([redirect, new Promise((_, fail) => { setTimeout(() => fail(new Error(`stayed at ${page.url()}`)), 15_000); })]);
  await page.waitForURL(`${callback}?*`);
  check(query.get('state') === link.state, 'the state differs');
  return { link, query };
}

const link = await step('page lists the scopes', async () => {
  const url = app.generateOAuth2AuthLink(callback, { scope }).url;
  check(url.startsWith('https://x.com/i/oauth2/authorize?'), url);
  await page.goto(url);
  const text = await page.locator('main').innerText();
  for (const expected of ['See your Tweets', 'Post and delete Tweets', 'Upload media', 'space.read']) check(text.includes(expected), text);
  return url;
});
check(link, 'no page');
await step('denied', async () => {
  const { query } = await login(async () => { await focusByTab('button', 'Cancel'); await page.keyboard.press('Enter'); });
  check(query.get('error') === 'access_denied', query.toString());
});
await step('wrong password is reported', async () => {
  await page.goto(link);
  await focusByTab('textbox', 'Username');
  await page.keyboard.type(username);
  await focusByTab('textbox', 'Password');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  const alert = await page.getByRole('alert').innerText();
  check(alert.includes('do not match'), alert);
});
const codeGrant = await step('allowed by keyboard', async () => {
  const { link: sent, query } = await login(async () => {
    await focusByTab('textbox', 'Username');
    await page.keyboard.type(username);
    await focusByTab('textbox', 'Password');
    await page.keyboard.type(password);
    await focusByTab('button', 'Authorize app');
    await page.keyboard.press('Enter');
  });
  return { code: query.get('code'), codeVerifier: sent.codeVerifier, redirectUri: callback };
});
let tokens;
await step('code exchanged', async () => {
  tokens = await app.loginWithOAuth2(codeGrant);
  check(tokens.scope.join(' ') === scope.join(' ') && tokens.expiresIn === 7200, tokens);
});
await step('token used', async () => {
  const me = await tokens.client.v2.me();
  check(me.data.username === username, me);
});
await expectError('code used twice', () => app.loginWithOAuth2(codeGrant), 400);
await step('signed in already, allowed again', async () => {
  const { link: sent, query } = await login(async () => { await focusByTab('button', 'Authorize app'); await page.keyboard.press('Enter'); });
  tokens = await app.loginWithOAuth2({ code: query.get('code'), codeVerifier: sent.codeVerifier, redirectUri: callback });
});
await step('refreshed', async () => {
  const next = await app.refreshOAuth2Token(tokens.refreshToken);
  check(next.refreshToken !== tokens.refreshToken, 'the refresh token did not change');
  tokens = next;
});
await step('revoked', () => app.revokeOAuth2Token(tokens.accessToken, 'access_token').then(() => undefined));
await browser.close();
server.close();
done();
