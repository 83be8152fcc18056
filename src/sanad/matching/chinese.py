"""Names in Chinese characters: families of two characters, and Wade-Giles.

Wade-Giles is how Taiwan writes names in Latin letters, and how all the world did until 1979: Tsai for Cai, Chou for
Zhou.
"""

import re
from typing import Final

from sanad.matching.scripts import Script, romanised

_FAMILIES: Final = """
欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 司空 东方 東方 独孤 獨孤 慕容 皇甫 尉迟 尉遲 公孙 公孫 令狐 宇文
长孙 長孫 夏侯 端木 东郭 東郭 南宫 南宮 西门 西門 鲜于 鮮于 淳于 呼延 轩辕 軒轅 百里 拓跋
남궁 황보 제갈 선우 독고 사공
"""
FAMILIES_OF_TWO: Final = frozenset(_FAMILIES.split())
"""Families of two characters; all others have one."""

_NAME: Final = re.compile("^[\u3400-\u9fff]{2,4}$")
"""As Chinese write: without spaces, the family first."""
_INITIALS: Final = {
    "zh": "ch", "ch": "ch", "sh": "sh", "b": "p", "d": "t", "g": "k", "j": "ch", "q": "ch", "x": "hs", "r": "j",
    "z": "ts", "c": "ts",
}  # fmt: skip
_BUZZING: Final = {"zi": "tzu", "ci": "tzu", "si": "szu", "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih"}
_ALONE: Final = {"yi": "i", "you": "yu", "yan": "yen", "ye": "yeh", "yue": "yueh", "yong": "yung", "er": "erh"}
_ENDING_IN_O: Final = ("ge", "ke", "he")
_INITIAL: Final = re.compile("^(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])(.+)$")


def _syllable(of_pinyin: str) -> str:
    """A syllable of pinyin in Wade-Giles, without its apostrophes, which few write."""
    known = _BUZZING.get(of_pinyin) or _ALONE.get(of_pinyin)
    parts = _INITIAL.match(of_pinyin)
    if known or parts is None:
        return known or of_pinyin
    initial, final = parts.groups()
    if initial + final in _ENDING_IN_O or (final == "uo" and initial not in ("g", "k", "h", "sh")):
        final = "o"
    elif final == "ui" and initial in ("g", "k"):
        final = "uei"
    elif final in ("ie", "ue"):
        final += "h"
    final = "ien" if final == "ian" else final.replace("ong", "ung")
    return _INITIALS.get(initial, initial) + final


def wade_giles(text: str) -> str:
    """A person's name of two to four characters in Wade-Giles, syllable by syllable; empty if it is none."""
    if _NAME.match(text) is None:
        return ""
    return " ".join(_syllable(romanised(character, Script.HAN)).capitalize() for character in text)
