// node playback.mjs URL…: plays videos in headless Chromium and prints for each a JSON object with
// the number of frames rendered; exits with 1 if one does not play.
import { chromium } from 'playwright-core';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--autoplay-policy=no-user-gesture-required',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage();
let failed = false;
for (const url of process.argv.slice(2)) {
  const playback = await page.evaluate(async (url) => {
    const video = document.createElement('video');
    video.muted = true;
    video.src = url;
    document.body.replaceChildren(video);
    const error = await new Promise((resolve) => {
      video.onerror = () => resolve(video.error.message || 'error');
      video.onplaying = () => resolve(null);
      video.play().catch((problem) => resolve(String(problem)));
      setTimeout(() => resolve('playback did not start'), 20_000);
    });
    const frames = () => video.getVideoPlaybackQuality().totalVideoFrames;
    const [first, at] = [frames(), video.currentTime];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return { url, error, width: video.videoWidth, height: video.videoHeight, seconds: video.duration,
      frames: frames() - first, moved: video.currentTime !== at };
  }, url);
  failed ||= playback.error !== null || playback.frames < 5 || !playback.moved;
  console.log(JSON.stringify(playback));
}
await browser.close();
process.exit(failed ? 1 : 0);
