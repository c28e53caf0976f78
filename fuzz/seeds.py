#!/usr/bin/env python3
"""seeds.py: writes the hand-made seeds of fuzz/corpus.

usage: .setup/venv/bin/python fuzz/seeds.py     (needs Pillow, which `make test` installs)

Inputs that fuzzing found have hexadecimal names and are kept.
"""
import base64
import io
import struct
import zlib
from pathlib import Path

from PIL import Image

CORPUS = Path(__file__).parent / 'corpus'
XMP = '''<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about=''
xmlns:q='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/' xmlns:t='http://ns.adobe.com/tiff/1.0/'%s>
%s</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>'''
ALT_TEXT = '''<q:AltTextAccessibility><rdf:Alt><rdf:li xml:lang='fr'>Un lac</rdf:li>
<rdf:li xml:lang='x-default'>Sunset &amp; a&#x20;lake</rdf:li></rdf:Alt></q:AltTextAccessibility>'''
EXTENDED = '''<q:ExtDescrAccessibility><![CDATA[A longer <one>]]></q:ExtDescrAccessibility>'''
PACKET = (XMP % (" t:Orientation='6'", ALT_TEXT)).encode()


def write(target, name, content):
    directory = CORPUS / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def image(mode='RGB', size=(20, 12)):
    square = Image.new('RGB', size, (200, 30, 90))
    square.paste((20, 90, 200), (3, 2, 15, 8))
    return square.convert(mode)


def encoded(source, form, **options):
    out = io.BytesIO()
    source.save(out, form, **options)
    return out.getvalue()


def exif(orientation, order='MM'):
    mark = '>' if order == 'MM' else '<'
    entry = struct.pack(mark + 'HHIHH', 0x0112, 3, 1, orientation, 0)
    return order.encode() + struct.pack(mark + 'HIH', 42, 8, 1) + entry + bytes(4)


def segment(marker, body):
    return struct.pack('>BBH', 0xff, marker, len(body) + 2) + body


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def png(*between, color=2, depth=8, data=b'\0\1\2\3', size=(1, 1), interlace=0):
    header = struct.pack('>IIBBBBB', *size, depth, color, 0, 0, interlace)
    return b''.join([b'\x89PNG\r\n\x1a\n', chunk(b'IHDR', header), *between,
                     chunk(b'IDAT', zlib.compress(data, 9)), chunk(b'IEND', b'')])


def jpegs():
    for name, mode, options in [
        ('baseline', 'RGB', {'quality': 60}),
        ('gray', 'L', {'quality': 30}),
        ('cmyk', 'CMYK', {'quality': 30}),
        ('progressive', 'RGB', {'progressive': True, 'quality': 60}),
        ('restarts', 'RGB', {'restart_marker_blocks': 1, 'subsampling': 0}),
    ]:
        write('image', f'{name}.jpg', encoded(image(mode), 'JPEG', **options))
    plain = encoded(image('L'), 'JPEG', quality=10)
    profile = b'ICC_PROFILE\0\1\1' + bytes(24)
    for name, between in [
        ('exif', segment(0xe1, b'Exif\0\0' + exif(6))),
        ('exif-little', segment(0xe1, b'Exif\0\0' + exif(3, 'II'))),
        ('xmp', segment(0xe1, b'http://ns.adobe.com/xap/1.0/\0' + PACKET)),
        ('profile', segment(0xe2, profile) + segment(0xfe, b'a comment')),
        ('profile-torn', segment(0xe2, b'ICC_PROFILE\0\1\2' + bytes(24))),
        ('junk-between', b'\0\0junk' + segment(0xed, b'Photoshop 3.0\0')),
    ]:
        write('image', f'{name}.jpg', plain[:2] + between + plain[2:])
    write('image', 'trailer.jpg', plain + b'PK\3\4 an archive')
    write('image', 'truncated.jpg', plain[:-20])


def pngs():
    write('image', 'palette.png', encoded(image('P'), 'PNG'))
    write('image', 'gray-16.png', png(color=0, depth=16, data=b'\0\1\2'))
    write('image', 'interlaced.png', png(size=(3, 3), interlace=1, color=0,
                                         data=b'\0\1' + b'\0\1' + b'\0\1\2' + b'\0\1\0\1' + b'\0\1\2\3'))
    sheet = zlib.compress(bytes(128))
    write('image', 'texts.png', png(chunk(b'tEXt', b'Author\0somebody'), chunk(b'zTXt', b'a\0\0' + sheet),
                                    chunk(b'gAMA', struct.pack('>I', 45455)), chunk(b'prVt', b'private')))
    write('image', 'exif.png', png(chunk(b'eXIf', exif(8))))
    write('image', 'xmp.png', png(chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0' + PACKET)))
    write('image', 'xmp-packed.png',
          png(chunk(b'iTXt', b'XML:com.adobe.xmp\0\1\0\0\0' + zlib.compress(PACKET, 9))))
    raw = b'\nexif\n%8d\n' % 32 + (b'Exif\0\0' + exif(5)).hex().encode() + b'\n'
    write('image', 'raw-profile.png', png(chunk(b'tEXt', b'Raw profile type exif\0' + raw)))
    write('image', 'raw-profile-packed.png',
          png(chunk(b'zTXt', b'Raw profile type exif\0\0' + zlib.compress(raw))))
    write('image', 'profile.png', png(chunk(b'iCCP', b'srgb\0\0' + zlib.compress(bytes(132), 9))))
    frames = [image(size=(4, 4)), Image.new('RGB', (4, 4), (9, 9, 9))]
    animated = encoded(frames[0], 'PNG', save_all=True, append_images=frames[1:], duration=50)
    write('image', 'animated.png', animated)
    write('image', 'trailer.png', png() + b'<script>')


def gifs():
    frames = [image('P', (8, 6)), Image.new('P', (8, 6), 3)]
    write('image', 'still.gif', encoded(frames[0], 'GIF'))
    write('image', 'animated.gif', encoded(
        frames[0], 'GIF', save_all=True, append_images=frames[1:], duration=40, loop=0,
        comment=b'made here'))
    frame = b',' + struct.pack('<HHHHB', 0, 0, 1, 1, 0) + b'\2\2\x44\1\0'
    head = b'GIF89a' + struct.pack('<HHBBB', 1, 1, 0x80, 0, 0) + bytes(6)
    note = b'!\xfe\4note\0'
    write('image', 'extensions.gif', head + note + b'!\xff\x0bXMP DataXMP\1x\0' +
          b'!\xf9\4\0\5\0\0\0' + frame + b'\0' + note + b';' + b'behind the end')


def webps():
    write('image', 'lossy.webp', encoded(image(), 'WEBP', quality=10))
    write('image', 'lossless.webp', encoded(image(), 'WEBP', lossless=True))
    write('image', 'metadata.webp', encoded(image('RGBA', (4, 4)), 'WEBP', quality=5,
                                            exif=b'Exif\0\0' + exif(6), xmp=PACKET, icc_profile=bytes(140)))
    frames = [image(size=(4, 4)), Image.new('RGB', (4, 4), (9, 9, 9))]
    write('image', 'animated.webp', encoded(frames[0], 'WEBP', save_all=True, duration=50,
                                            append_images=frames[1:]))


def repeated_metadata():
    """What each of thousands of small blocks costs, in small."""
    packed = zlib.compress(b'<q></q>' * 20_000, 9)
    hexadecimal = zlib.compress(b'\n\n\n' + b'4d' * 20_000, 9)
    write('image', 'many-packets.png', png(
        chunk(b'iTXt', b'XML:com.adobe.xmp\0\1\0\0\0' + packed) * 20,
        chunk(b'iCCP', b'icc\0\0' + zlib.compress(bytes(50_000), 9)) * 20,
        chunk(b'zTXt', b'Raw profile type exif\0\0' + hexadecimal) * 20))
    # A directory of 65,535 entries, none of which is there.
    directory = b'MM\0*\0\0\0\x08\xff\xff'
    write('image', 'many-directories.png', png(chunk(b'eXIf', directory) * 200))
    plain = encoded(image('L'), 'JPEG', quality=10)
    many = segment(0xe1, b'Exif\0\0' + directory) + segment(0xe1, b'http://ns.adobe.com/xap/1.0/\0' + b'<x/>')
    write('image', 'many-segments.jpg', plain[:2] + many * 200 + plain[2:])
    still = encoded(image(), 'WEBP', lossless=True)[12:]
    body = still + (b'EXIF\x0a\0\0\0' + directory + b'XMP \4\0\0\0<x/>') * 200
    write('image', 'many-chunks.webp', b'RIFF' + struct.pack('<I', len(body) + 4) + b'WEBP' + body)


def much_work():
    """Few bytes for which much is to be done."""
    # One bit for each DC coefficient, then scans that refine nothing, in runs of 32,767 blocks.
    code = '0' + '1' * 14
    bits = code * 2 + '0' * (-len(code * 2) % 8)
    run = bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits), 8)).replace(b'\xff', b'\xff\0') + bytes(8)
    refinement = segment(0xda, bytes([1, 1, 0, 1, 63, 0x10])) + run
    write('image', 'refinements.jpg', b'\xff\xd8' + segment(0xdb, b'\0' + b'\1' * 64) +
          segment(0xc2, struct.pack('>BHHBBBB', 8, 1024, 1024, 1, 1, 0x11, 0)) +
          segment(0xc4, b'\0\1' + bytes(15) + b'\0') + segment(0xda, bytes([1, 1, 0, 0, 0, 0])) + bytes(2056) +
          segment(0xc4, b'\x10\1' + bytes(15) + b'\xe0') + refinement * 14 + b'\xff\xd9')
    # Codes of twelve bits, each of which clears the table; then one pixel and the end.
    codes = [2048] * 4000 + [1, 2049]
    packed = sum(number << 12 * at for at, number in enumerate(codes)).to_bytes(len(codes) * 3 // 2, 'little')
    blocks = b''.join(bytes([len(packed[at:at + 255])]) + packed[at:at + 255] for at in range(0, len(packed), 255))
    write('image', 'cleared-tables.gif', b'GIF89a' + struct.pack('<HHBBB', 1, 1, 0, 0, 0) + b',' +
          struct.pack('<HHHHB', 0, 0, 1, 1, 0) + b'\x0b' + blocks + b'\0;')
    names = ''.join(f' a{at:x}=""' for at in range(500))
    write('xmp', 'repeated-attributes.xmp', '<x' + names + ' a1f3=""' * 500 + '>')
    deep = ''.join('<x' + ''.join(f' xmlns:a{at}_{depth}="b"' for at in range(8)) + '>' for depth in range(15))
    write('xmp', 'namespaces.xmp', deep + '<q:a q:b=""/>' * 300)
    write('xmp', 'tags.xmp', '<x>' + '<q></q>' * 1000)
    cue = 'WEBVTT\n\n00:00.000 --> 00:01.000\n'
    write('subtitles', 'open-tags.vtt', cue + '<' * 2000 + '&' * 2000)
    write('subtitles', 'removed-tags.vtt', cue + '<x>\n' * 1000 + '<>' * 1000)
    write('subtitles', 'ampersands.srt', '00:00:00,000 --> 00:00:01,000\n' + '&' * 2100)


def packets():
    write('xmp', 'elements.xmp', XMP % ('', ALT_TEXT + EXTENDED))
    write('xmp', 'attributes.xmp', XMP % (" q:AltTextAccessibility='A &lt;cat>' t:Orientation='3'", ''))
    write('xmp', 'entity.xmp', "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" +
          XMP % (" q:AltTextAccessibility='&a;&a;'", '<q:ExtDescrAccessibility>&a;&#0;&#x110000;'))
    write('xmp', 'deep.xmp', '<a>' * 20)
    write('xmp', 'torn.xmp', (XMP % ('', ALT_TEXT))[:400])
    write('xmp', 'not-utf-8.xmp', PACKET.replace(b'Un lac', b'\xff\xfe'))


def cues():
    write('subtitles', 'two-cues.srt', '\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n<font color=red>Tom & '
          '<I>Jerry</I>\r\na < b\r\n\r\n2\r\n00:01:00,000 --> 01:00:00,000\r\n\U0001F426\r\n')
    write('subtitles', 'settings.vtt', 'WEBVTT - a title\n\nSTYLE\n::cue { color: red }\n\nNOTE words\n\nid\n'
          '00:01.000 --> 00:02.000 line:0 position:10%,start other align:end\n<c.red>Hi</c> <00:01.500>x &lt;\n')
    write('subtitles', 'tag-alone.srt', '1\n00:00:01,000 --> 00:00:02,000\nfirst\n<x>\nlast <x>\n')
    write('subtitles', 'carriage-return.vtt', 'WEBVTT\r\r00:01.000 --> 00:02.000\rone\rtwo\r')
    write('subtitles', 'long-time.srt', '1\n999:999:999,000 --> 999:999:999,999\nlate\n')
    write('subtitles', 'no-time.srt', '1\n00:00:01 --> 00:00:02,000\nx')


def forms():
    write('form', 'tweet', 'status=Hello%20Ladies+%2B+Gentlemen&media_ids=1%2C2&c2&a3=2+q')
    write('form', 'duplicates', 'a=1&a=&=b&&=&a')
    write('form', 'escapes', '%F0%9F%90%A6=%zz&%=%4&%ff=%00')
    write('authorization', 'quoted', 'OAuth realm="https://a.example/,x", oauth_consumer_key="ck", '
          'oauth_nonce="n", oauth_signature="a%2Bb%3D", oauth_signature_method="HMAC-SHA1", '
          'oauth_timestamp="137131201", oauth_token="t", oauth_version="1.0"')
    write('authorization', 'unquoted', 'oauth oauth_consumer_key=ck,oauth_signature=a%2Bb%3D,')
    write('authorization', 'spaced', 'OAUTH\t a = "1"  ,  b="2, 3" , =c')
    write('authorization', 'duplicate', 'OAuth a=1, a=1')
    write('authorization', 'bearer', 'Bearer AAAA')


def descriptions():
    """Language, file name, Tweet, another description, and the description."""
    def description(name, text, lang='en', file_name='', tweet='', sibling=''):
        write('alt_text_lint', name, '\n'.join([lang, file_name, tweet, sibling, text]))

    description('file-name', 'IMG_0001.jpg', file_name='IMG_0001.jpg')
    description('redundant', 'A photo of a wren \U0001F426')
    description('redundant-at-end', '\u516c\u5712\u3067\u904a\u3076\u5b50\u3069\u3082\u306e\u5199\u771f\u3002', lang='ja')
    description('genitive', '\u0424\u043e\u0442\u043e \u043a\u043e\u0442\u0430', lang='')
    description('tweet', 'Good morning, Maine', tweet='Good morning, Maine! https://t.co/a #maine @you')
    description('duplicate', 'A lake', sibling='a lake.')
    description('urls', 'See: https://example.com/a www.example.com', lang='und')
    description('capitals', 'A SIGN SAYS \u201eNO DOGS\u201c "OR CATS" \u00ab AT ALL', lang='de')
    description('heaps', 'Z\u0301\u0302\u0303\u0304\u0305\u0306a\u0301lgo \u0e01' + '\u0e47' * 9, lang='th')
    description('repeated', 'Soooooo #a #b #c \U0001F469\u200d\U0001F467' + '\U0001F469\u200d\U0001F467' * 5)
    description('script', '\u042f\u0431\u043b\u043e\u043a\u0438', lang='sr-Latn')
    description('long', '\u0915\u094d\u0937 ' * 300, lang='hi')
    description('invisible', '\u200b\u3164\ufe0f\u00ad')


def requests():
    """The first byte selects the endpoint: ENDPOINTS of crates/fuzz-targets/src/request.rs."""
    def part(name, value, more=b''):
        return b'--b\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name, more, value)

    small = base64.b64encode(encoded(image(), 'PNG'))
    id_ = '1111111111111111111'
    write('request', 'upload-multipart', b'\0' + part(b'media', encoded(image(), 'PNG')) + b'--b--\r\n')
    write('request', 'append-multipart', b'\0' + part(b'command', b'APPEND') + part(b'media_id', id_.encode()) +
          part(b'segment_index', b'0') + part(b'media', b'abc', b'; filename="a\\"b"') + b'--b--\r\n')
    write('request', 'upload-base64', b'\1media_data=' + small.replace(b'+', b'%2B'))
    write('request', 'init', '\1command=INIT&total_bytes=10&media_type=image%2Fpng&media_category=tweet_image')
    write('request', 'describe', '\2{"media_id":"%s", // a comment\n "alt_text":{"text":"a \\u00e9"}}' % id_)
    write('request', 'tweet', '\3status=Hello%20%40world+%23tag+https%3A%2F%2Fexample.com&media_ids=1')
    write('request', 'v2-upload-json', b'\4{"media":"' + small + b'","media_category":"tweet_image"}')
    write('request', 'v2-upload-multipart', b'\5' + part(b'media', encoded(image(), 'GIF')) +
          part(b'media_category', b'tweet_gif') + b'--b--\r\n')
    write('request', 'v2-describe', '\6{"id":"%s","metadata":{"alt_text":{"text":"a lake"}}}' % id_)
    write('request', 'v2-tweet', '\7{"text":"a poll","poll":{"options":["a","b"],"duration_minutes":5}}')


for seeds in [jpegs, pngs, gifs, webps, repeated_metadata, much_work, packets, cues, descriptions, forms, requests]:
    seeds()
sizes = [file.stat().st_size for file in CORPUS.rglob('*') if file.is_file()]
print(f'seeds: written; the corpus has {len(sizes)} inputs, {sum(sizes) // 1024} KiB')
