"""Pictures: drawn anew before they are kept, upright and without what the camera noted - the place,
the time, the owner - and never larger than a page needs."""

import threading
from typing import BinaryIO

from PIL import Image, ImageOps

from portal.file_types import PNG, FileType, NotTaken

LONGEST_SIDE = (
    2560  # pixels: a page of text photographed is still read, a picture has 0.5 to 1.5 MB
)
MOST_PIXELS = 50_000_000  # beyond a phone's full resolution; drawn in 200 MB of memory at most
QUALITY = 85

# One at a time: twenty large ones at once would take the machine's memory.
_drawing = threading.Lock()


def draw_anew(file: BinaryIO, into: BinaryIO, kind: FileType) -> None:
    """Write a picture anew as the kind it is. NotTaken where it cannot be drawn, or claims to be
    larger than any camera's."""
    with _drawing:
        try:
            _draw(file, into, kind)
        except NotTaken:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise NotTaken(_too_large()) from error
        except Exception as error:  # whatever a decoder stumbles over
            raise NotTaken("的图片已损坏，打不开，请重新拍摄或导出后再上传") from error


def _too_large() -> str:
    return f"的图片尺寸过大（超过{MOST_PIXELS // 10_000}万像素），请缩小后再上传"


def _draw(file: BinaryIO, into: BinaryIO, kind: FileType) -> None:
    file.seek(0)
    with Image.open(file, formats=("PNG",) if kind is PNG else ("JPEG",)) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise NotTaken(_too_large())
        opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read no larger than needed
        picture = ImageOps.exif_transpose(opened)
        picture = picture.convert(_mode(picture, kind))
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        picture.info = {}  # Pillow would write a comment or a colour profile back
        if kind is PNG:
            picture.save(into, "PNG")
        else:
            picture.save(into, "JPEG", quality=QUALITY)


def _mode(picture: Image.Image, kind: FileType) -> str:
    if picture.mode in ("1", "L"):
        return "L"
    seen_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    return "RGBA" if kind is PNG and seen_through else "RGB"
