"""python.py FILE ROUNDS pyvips|pillow|pillow-cascade|pyvips-single|pillow-single"""
import io
import os
import sys

os.environ['VIPS_CONCURRENCY'] = '1'
path, rounds, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]
data = open(path, 'rb').read()

if how.startswith('pyvips'):
    import pyvips
    pyvips.cache_set_max(0)

    def fit(side):
        return pyvips.Image.thumbnail_buffer(data, side, height=side, size='down').jpegsave_buffer(Q=85, strip=True)

    def whole():
        for side in (2048, 1200, 680):
            fit(side)
        pyvips.Image.thumbnail_buffer(data, 150, height=150, crop='centre').jpegsave_buffer(Q=85, strip=True)

    def single():
        fit(680)
else:
    from PIL import Image, ImageOps

    def save(image):
        image.save(io.BytesIO(), 'JPEG', quality=85)

    def fit(image, side):
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
        save(image)
        return image

    def whole():
        if how == 'pillow-cascade':
            image = Image.open(io.BytesIO(data)).convert('RGB')
            for side in (2048, 1200, 680):
                image = fit(image, side)
            save(ImageOps.fit(image, (150, 150), Image.Resampling.LANCZOS))
            return
        for side in (2048, 1200, 680):
            fit(Image.open(io.BytesIO(data)), side)
        save(ImageOps.fit(Image.open(io.BytesIO(data)), (150, 150), Image.Resampling.LANCZOS))

    def single():
        fit(Image.open(io.BytesIO(data)), 680)

for _ in range(rounds):
    single() if how.endswith('single') else whole()
