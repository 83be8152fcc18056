"""Code lists that the constraints refer to."""

_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2."""

UNKNOWN_COUNTRY = "XX"

_AUTHORITY_RANGES = (
    (1, 190), (192, 193), (195, 197), (199, 210), (213, 222), (224, 236), (238, 247), (249, 253), (255, 255),
    (257, 263), (266, 269), (271, 291), (293, 293), (295, 311), (313, 317), (319, 322), (324, 325), (328, 329),
    (331, 334), (336, 339), (342, 356), (358, 358), (362, 365), (368, 379), (381, 439), (441, 444), (446, 447),
    (449, 449), (451, 464), (466, 489), (493, 495), (497, 500), (502, 504), (508, 687), (689, 723), (725, 754),
    (756, 795), (797, 802), (804, 858), (860, 865), (867, 898), (900, 923), (925, 1_045), (101_005, 101_005),
    (777_777, 777_777), (888_888, 888_888), (999_999, 999_999),
)  # fmt: skip
"""GLEIF's list of registration authorities, the numbers of its codes; 777777, 888888 and 999999 stand for none."""


def is_country(code: str) -> bool:
    """Whether it is a country of ISO 3166-1, or the sign for an unknown one."""
    return code in COUNTRIES or code == UNKNOWN_COUNTRY


def is_registration_authority(code: str) -> bool:
    """Whether it is on GLEIF's list."""
    if len(code) != 8 or not code.startswith("RA") or not (code[2:].isascii() and code[2:].isdecimal()):
        return False
    return any(first <= int(code[2:]) <= last for first, last in _AUTHORITY_RANGES)
