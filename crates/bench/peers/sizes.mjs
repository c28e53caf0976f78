// node sizes.mjs DIRECTORY FIRST STEP COUNT: the sizes of every STEPth image in a directory, as PNG files beside it.
import { createRequire } from 'node:module';
const sharp = createRequire(`${process.env.SHARP_HOME}/`)('sharp');
sharp.cache(false);
sharp.concurrency(1);
const [directory, first, step, count] = process.argv.slice(2);
const fit = (pipe, side) => pipe.resize(side, side, { fit: 'inside', withoutEnlargement: true });
// Larger sizes of these images share the file of the one that is as large as they are.
const sizes = { medium: (p) => fit(p, 1200), small: (p) => fit(p, 680), thumb: (p) => p.resize(150, 150, { fit: 'cover' }) };
for (let n = Number(first); n < Number(count); n += Number(step)) {
  const path = `${directory}/sizes-${n}`;
  const image = sharp(path);
  await Promise.all(Object.entries(sizes).map(([name, size]) => size(image.clone()).png().toFile(`${path}-${name}.png`)));
}
