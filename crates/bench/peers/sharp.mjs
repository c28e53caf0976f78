// node sharp.mjs FILE ROUNDS naive|clone|single: four sizes of an image, or one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const sharp = createRequire(`${process.env.SHARP_HOME}/`)('sharp');
sharp.cache(false);
sharp.concurrency(1);
const [file, rounds, how] = process.argv.slice(2);
const bytes = readFileSync(file);
const fit = (pipe, side) => pipe.resize(side, side, { fit: 'inside', withoutEnlargement: true });
const sizes = [(p) => fit(p, 2048), (p) => fit(p, 1200), (p) => fit(p, 680), (p) => p.resize(150, 150, { fit: 'cover' })];
const jpeg = (pipe) => pipe.jpeg({ quality: 85 }).toBuffer();
for (let n = 0; n < Number(rounds); n++) {
  if (how === 'single') await jpeg(sizes[2](sharp(bytes)));
  else if (how === 'clone') {
    const shared = sharp(bytes);
    await Promise.all(sizes.map((size) => jpeg(size(shared.clone()))));
  } else for (const size of sizes) await jpeg(size(sharp(bytes)));
}
