"""The bundle: a ZIP with the volume, the letters' own files, the case's log as it is exported, and
a list of them all with their hashes. The same case gives the same bytes, on every machine."""

import json
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import NamedTuple

from documents.archive.volume import Volume
from documents.cleaning import file_name
from documents.word_sources import entry
from engine.dossier import Dossier
from engine.export import exported
from rules.retention import TERMS

READING = "全卷（PDF/A，供查阅；文书页按案卷内容排印，不是印发的文件本身）"
LOG = "事件日志（每行一个JSON事件，可用tools/digest.py核对）"
SUMS = "SHA256SUMS"  # what sha256sum --check reads


class Part(NamedTuple):
    """One file of the bundle: its path, its content, and what it is."""

    path: str
    content: bytes
    what: str


def pack(dossier: Dossier, volume: Volume) -> bytes:
    """The bundle of a volume."""
    parts = list(_parts(dossier, volume))
    listed = {
        "案卷题名": volume.title,
        "案卷标识": dossier.id,
        "保管期限": TERMS[volume.term][0],
        "事件数": len(dossier.story),
        "文件": [
            {"路径": p.path, "字节数": len(p.content), "SHA-256": _hash(p.content), "说明": p.what}
            for p in parts
        ],
    }
    text = json.dumps(listed, ensure_ascii=False, indent=1) + "\n"
    parts.append(Part("清单.json", text.encode(), ""))
    sums = "".join(f"{_hash(part.content)}  {part.path}\n" for part in parts)
    parts.append(Part(SUMS, sums.encode(), ""))
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for part in parts:
            # Not packed tighter: how tight depends on the machine's library.
            file.writestr(entry(part.path, zipfile.ZIP_STORED), part.content)
    return made.getvalue()


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _parts(dossier: Dossier, volume: Volume) -> Iterator[Part]:
    yield Part(named(volume, ".pdf"), volume.pdf, READING)
    for number, one in enumerate(volume.letters, 1):
        stem = file_name(one.title).removesuffix(".docx")
        for ending, content in one.files.items():
            state = f"，{one.remark}" if one.remark else f"，{one.number or '已归档'}"
            what = f"目录第{number}件的{'文本' if ending == '.docx' else 'PDF'}{state}"
            yield Part(f"文书/{number:03}-{stem}{ending}", content, what)
    log = "".join(f"{line}\n" for line in exported(dossier.connection, dossier.id))
    yield Part("日志.jsonl", log.encode(), LOG)


def named(volume: Volume, ending: str) -> str:
    """What a volume's file is called."""
    return file_name(volume.title).removesuffix(".docx") + ending
