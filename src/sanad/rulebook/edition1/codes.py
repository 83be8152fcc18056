"""Why the rulebook said no: permanent numbers, in order of precedence.

The first rule that fails names the reason, and the rules are tried in the order of these numbers. A number is
never used for anything else. 0 is "admitted". Each has a story in `scenarios/`, a sentence in English and in Urdu
and the source that asks for the rule; `docs/reference/rejections.md` is generated from this table.
"""

from dataclasses import dataclass
from enum import IntEnum


class Outcome(IntEnum):
    """What became of one transfer or one act."""

    ADMITTED = 0
    # form
    CHAIN_OPEN = 1
    RESERVED_NOT_ZERO = 2
    FLAG_NOT_YET_ALLOWED = 3
    FLAGS_CONTRADICT = 4
    UETR_NOT_VERSION_4 = 5
    EVIDENCE_DIGEST_ZERO = 6
    AMOUNT_OUT_OF_RANGE = 7
    FIELD_NOT_FOR_THIS_TRANSFER = 8
    PENDING_POSITION_MISSING = 9
    SCREENED_LIST_UNKNOWN = 10
    # accounts
    DEBIT_ACCOUNT_UNKNOWN = 20
    CREDIT_ACCOUNT_UNKNOWN = 21
    ACCOUNTS_ARE_THE_SAME = 22
    ASSET_DIFFERS = 23
    PURPOSE_UNKNOWN = 24
    # who may
    DEBIT_ACCOUNT_NOT_YOURS = 30
    RELEASER_UNKNOWN = 31
    PENDING_NOT_FOUND = 32
    NOT_THE_RELEASER = 33
    PENDING_DIFFERS = 34
    HOLDER_SIGNATURE_MISSING = 35
    ABOVE_KEY_CEILING = 36
    # closed or frozen
    DEBIT_ACCOUNT_CLOSED = 40
    CREDIT_ACCOUNT_CLOSED = 41
    DEBIT_ACCOUNT_FROZEN = 42
    CREDIT_ACCOUNT_FROZEN = 43
    DEBIT_ACCOUNT_BLOCKED = 44
    CREDIT_ACCOUNT_BLOCKED = 45
    # permissions
    DEBIT_NOT_PERMITTED = 50
    CREDIT_NOT_PERMITTED = 51
    DEBIT_HOLDER_CLASS = 52
    CREDIT_HOLDER_CLASS = 53
    DEBIT_NOT_LICENSED = 54
    CREDIT_NOT_LICENSED = 55
    # evidence and limits
    EVIDENCE_NOT_BOUND = 60
    TRANSFER_LIMIT = 61
    DAILY_LIMIT = 62
    SCREENED_LIST_MISSING = 63
    SCREENED_LIST_TOO_OLD = 64
    # pending
    TIMEOUT_NOT_ALLOWED = 70
    PENDING_EXPIRED = 71
    POST_EXCEEDS_RESERVED = 72
    # money
    INSUFFICIENT_BALANCE = 80
    BALANCE_OVERFLOW = 81
    # duplicates and chains, last, so that a top-up can retry
    DUPLICATE = 90
    DUPLICATE_WINDOW_FULL = 91
    CHAIN_BROKEN = 92
    # acts
    ACT_UNKNOWN = 200
    ACT_FIELDS_WRONG = 201
    RECIPIENT_UNKNOWN = 202
    ENTRY_UNKNOWN = 203
    ACT_NEEDS_CONFIRMATION = 204
    ACT_NEEDS_NO_CONFIRMATION = 205
    NOT_IN_FORCE_HERE = 206
    INSTITUTION_UNKNOWN = 210
    PERSON_UNKNOWN = 211
    ASSET_UNKNOWN = 212
    ACCOUNT_UNKNOWN = 213
    ACCOUNT_NOT_YOURS = 214
    NUMBER_OUT_OF_RANGE = 215
    ASSET_EXISTS = 216
    KEY_UNKNOWN = 220
    KEY_ALREADY_REGISTERED = 221
    POSSESSION_NOT_PROVED = 222
    SCOPE_NOT_ALLOWED = 223
    KEY_ALREADY_REVOKED = 224
    LAST_KEY_OF_AUTHORITY = 225
    PROPOSAL_UNKNOWN = 230
    PROPOSAL_DIFFERS = 231
    SAME_PERSON = 232
    PROPOSAL_EXPIRED = 233
    TOO_MANY_PROPOSALS = 234
    PERSON_NOT_ENTITLED = 235
    ACCOUNT_NOT_EMPTY = 240
    ACCOUNT_KIND_NOT_ALLOWED = 241
    ORDER_NOT_EXECUTABLE = 242
    LIST_VERSION_NOT_NEXT = 243
    CERTIFICATE_STATE = 250
    LICENCE_STATE = 251
    LICENCE_NUMBER_TAKEN = 252


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a reader is told, and why the rule exists."""

    english: str
    urdu: str
    source: str


_DESIGN = "Sanad design §4"
_FRAMEWORK = "National Digital Asset Framework 2025"

SENTENCES: dict[Outcome, Sentence] = {
    Outcome.CHAIN_OPEN: Sentence(
        "The last transfer of the message is linked to a next one that is not there; end the chain.",
        "پیغام کی آخری منتقلی ایسی اگلی منتقلی سے جڑی ہے جو موجود نہیں؛ سلسلہ مکمل کریں۔", _DESIGN),
    Outcome.RESERVED_NOT_ZERO: Sentence(
        "A reserved field or an unknown flag is set; set it to zero.",
        "ایک محفوظ خانہ یا نامعلوم نشان بھرا ہوا ہے؛ اسے صفر کریں۔", _DESIGN),
    Outcome.FLAG_NOT_YET_ALLOWED: Sentence(
        "Net settlement is not in use yet; clear the flags unreserved and net.",
        "خالص تصفیہ ابھی رائج نہیں؛ متعلقہ نشان ہٹا دیں۔", _DESIGN),
    Outcome.FLAGS_CONTRADICT: Sentence(
        "A transfer is one of immediate, pending, post or void, and only a post may keep the rest.",
        "منتقلی فوری، معلق، تکمیل یا تنسیخ میں سے ایک ہی ہو سکتی ہے، اور باقی رقم صرف تکمیل میں رکھی جا سکتی ہے۔",
        _DESIGN),
    Outcome.UETR_NOT_VERSION_4: Sentence(
        "The UETR is not a version 4 UUID; create a new one.",
        "یو ای ٹی آر ورژن ۴ کا یو یو آئی ڈی نہیں؛ نیا بنائیں۔", "RFC 9562 §5.4; SWIFT gpi UETR"),
    Outcome.EVIDENCE_DIGEST_ZERO: Sentence(
        "The evidence digest is zero; send 32 random bytes or the digest of the evidence.",
        "ثبوت کا خلاصہ صفر ہے؛ ۳۲ بے ترتیب بائٹ یا ثبوت کا خلاصہ بھیجیں۔", _DESIGN),
    Outcome.AMOUNT_OUT_OF_RANGE: Sentence(
        "The amount must be 1 to 9,223,372,036,854,775,807 minor units, and 0 in a void.",
        "رقم ۱ سے ۹٬۲۲۳٬۳۷۲٬۰۳۶٬۸۵۴٬۷۷۵٬۸۰۷ چھوٹی اکائیوں تک ہو، اور تنسیخ میں ۰۔", _DESIGN),
    Outcome.FIELD_NOT_FOR_THIS_TRANSFER: Sentence(
        "A pending position, releaser or time-out is given where this transfer has none; set it to zero.",
        "معلق مقام، مجاز ادارہ یا مہلت ایسی منتقلی میں دی گئی ہے جس میں نہیں ہوتی؛ اسے صفر کریں۔", _DESIGN),
    Outcome.PENDING_POSITION_MISSING: Sentence(
        "A post or void must name the position of an earlier message's pending transfer.",
        "تکمیل یا تنسیخ میں کسی پہلے پیغام کی معلق منتقلی کا مقام دینا لازم ہے۔", _DESIGN),
    Outcome.SCREENED_LIST_UNKNOWN: Sentence(
        "The message names a screening list version that is not on the record; import the list and screen again.",
        "پیغام میں درج فہرست کا نسخہ ریکارڈ پر نہیں؛ فہرست درآمد کر کے دوبارہ جانچ کریں۔", "FATF Recommendation 6"),
    Outcome.DEBIT_ACCOUNT_UNKNOWN: Sentence(
        "The account to debit does not exist.", "جس کھاتے سے رقم نکلنی ہے وہ موجود نہیں۔", _DESIGN),
    Outcome.CREDIT_ACCOUNT_UNKNOWN: Sentence(
        "The account to credit does not exist.", "جس کھاتے میں رقم جانی ہے وہ موجود نہیں۔", _DESIGN),
    Outcome.ACCOUNTS_ARE_THE_SAME: Sentence(
        "Debit and credit account are the same; a transfer needs two.",
        "دونوں کھاتے ایک ہی ہیں؛ منتقلی کے لیے دو کھاتے چاہییں۔", _DESIGN),
    Outcome.ASSET_DIFFERS: Sentence(
        "Both accounts must be in the asset that the transfer names; exchange is two transfers in a chain.",
        "دونوں کھاتے اسی اثاثے کے ہوں جو منتقلی میں درج ہے؛ تبادلہ دو جڑی منتقلیاں ہوتا ہے۔", _DESIGN),
    Outcome.PURPOSE_UNKNOWN: Sentence(
        "The purpose is not in the table in force; use a listed one.",
        "مقصد نافذ جدول میں نہیں؛ درج شدہ مقصد استعمال کریں۔", _DESIGN),
    Outcome.DEBIT_ACCOUNT_NOT_YOURS: Sentence(
        "Only the institution that owns an account may debit it.",
        "کھاتے سے رقم صرف اس کا مالک ادارہ نکال سکتا ہے۔", _DESIGN),
    Outcome.RELEASER_UNKNOWN: Sentence(
        "The releaser is not a registered institution.", "مجاز ادارہ رجسٹرڈ نہیں۔", _DESIGN),
    Outcome.PENDING_NOT_FOUND: Sentence(
        "No open pending transfer is at that position: it was posted, voided or expired, or never was.",
        "اس مقام پر کوئی کھلی معلق منتقلی نہیں: وہ مکمل، منسوخ یا ختم ہو چکی، یا تھی ہی نہیں۔", _DESIGN),
    Outcome.NOT_THE_RELEASER: Sentence(
        "Only the releaser that the pending transfer names may post or void it.",
        "معلق منتقلی کو صرف اس میں نامزد ادارہ مکمل یا منسوخ کر سکتا ہے۔", _DESIGN),
    Outcome.PENDING_DIFFERS: Sentence(
        "Accounts, asset and purpose must repeat those of the pending transfer.",
        "کھاتے، اثاثہ اور مقصد وہی ہوں جو معلق منتقلی میں تھے۔", _DESIGN),
    Outcome.HOLDER_SIGNATURE_MISSING: Sentence(
        "The holder's own signature is needed to debit this account.",
        "اس کھاتے سے رقم نکالنے کے لیے کھاتہ دار کے اپنے دستخط درکار ہیں۔", _FRAMEWORK),
    Outcome.ABOVE_KEY_CEILING: Sentence(
        "The amount is above what the signing key may move; sign with a key of higher ceiling.",
        "رقم دستخط کرنے والی کلید کی حد سے زیادہ ہے؛ زیادہ حد والی کلید استعمال کریں۔", _DESIGN),
    Outcome.DEBIT_ACCOUNT_CLOSED: Sentence(
        "The account to debit is closed.", "جس کھاتے سے رقم نکلنی ہے وہ بند ہے۔", _DESIGN),
    Outcome.CREDIT_ACCOUNT_CLOSED: Sentence(
        "The account to credit is closed.", "جس کھاتے میں رقم جانی ہے وہ بند ہے۔", _DESIGN),
    Outcome.DEBIT_ACCOUNT_FROZEN: Sentence(
        "The account to debit is frozen by an order.", "جس کھاتے سے رقم نکلنی ہے وہ حکم کے تحت منجمد ہے۔",
        "Anti-Money Laundering Act 2010 s.8; UN Security Council Act orders"),
    Outcome.CREDIT_ACCOUNT_FROZEN: Sentence(
        "The account to credit is frozen by an order.", "جس کھاتے میں رقم جانی ہے وہ حکم کے تحت منجمد ہے۔",
        "Anti-Money Laundering Act 2010 s.8; UN Security Council Act orders"),
    Outcome.DEBIT_ACCOUNT_BLOCKED: Sentence(
        "Its institution has stopped debits of the account.", "ادارے نے اس کھاتے سے رقم نکالنا روک رکھا ہے۔", _DESIGN),
    Outcome.CREDIT_ACCOUNT_BLOCKED: Sentence(
        "Its institution has stopped credits to the account.", "ادارے نے اس کھاتے میں رقم ڈالنا روک رکھا ہے۔", _DESIGN),
    Outcome.DEBIT_NOT_PERMITTED: Sentence(
        "The debited account's institution may not send for this purpose in its class and status.",
        "رقم بھیجنے والا ادارہ اپنی قسم اور حیثیت میں اس مقصد کے لیے رقم نہیں بھیج سکتا۔",
        "Virtual Assets Act 2026 s.23; permission table in force"),
    Outcome.CREDIT_NOT_PERMITTED: Sentence(
        "The credited account's institution may not receive for this purpose in its class and status.",
        "رقم لینے والا ادارہ اپنی قسم اور حیثیت میں اس مقصد کے لیے رقم نہیں لے سکتا۔",
        "Virtual Assets Act 2026 s.23; permission table in force"),
    Outcome.DEBIT_HOLDER_CLASS: Sentence(
        "The asset may not be held by the debited holder's class.",
        "اس قسم کا کھاتہ دار یہ اثاثہ نہیں رکھ سکتا (رقم دینے والا)۔", "Terms of the asset on the record"),
    Outcome.CREDIT_HOLDER_CLASS: Sentence(
        "The asset may not be held by the credited holder's class.",
        "اس قسم کا کھاتہ دار یہ اثاثہ نہیں رکھ سکتا (رقم لینے والا)۔", "Terms of the asset on the record"),
    Outcome.DEBIT_NOT_LICENSED: Sentence(
        "The debited account's institution has no licence for a service that covers this purpose.",
        "رقم بھیجنے والے ادارے کے لائسنس میں کوئی ایسی خدمت شامل نہیں جس میں یہ مقصد آتا ہو۔",
        "Virtual Assets Act 2026 s.22, Schedule I"),
    Outcome.CREDIT_NOT_LICENSED: Sentence(
        "The credited account's institution has no licence for a service that covers this purpose.",
        "رقم لینے والے ادارے کے لائسنس میں کوئی ایسی خدمت شامل نہیں جس میں یہ مقصد آتا ہو۔",
        "Virtual Assets Act 2026 s.22, Schedule I"),
    Outcome.EVIDENCE_NOT_BOUND: Sentence(
        "From this amount up the evidence must be bound: screen the parties and set the flag bound.",
        "اس رقم سے اوپر ثبوت کا منسلک ہونا لازم ہے: فریقین کی جانچ کر کے نشان لگائیں۔",
        "FATF Recommendation 16 (June 2025)"),
    Outcome.TRANSFER_LIMIT: Sentence(
        "The amount is above the limit for one transfer of this account's tier.",
        "رقم اس درجے کے کھاتے کی فی منتقلی حد سے زیادہ ہے۔", "State Bank of Pakistan tiered account rules"),
    Outcome.DAILY_LIMIT: Sentence(
        "The amount would pass the daily limit of this account's tier; try on the next day.",
        "رقم اس درجے کے کھاتے کی روزانہ حد سے بڑھ جائے گی؛ اگلے دن کوشش کریں۔",
        "State Bank of Pakistan tiered account rules"),
    Outcome.SCREENED_LIST_MISSING: Sentence(
        "From this amount up the message must name the list version that all its items were screened against.",
        "اس رقم سے اوپر پیغام میں فہرست کا وہ نسخہ درج ہونا لازم ہے جس سے تمام ادائیگیوں کی جانچ ہوئی۔",
        "FATF Recommendation 6; UN Security Council Act 1948"),
    Outcome.SCREENED_LIST_TOO_OLD: Sentence(
        "The list version that the message names is older than the rule allows; screen again against the newest.",
        "پیغام میں درج فہرست کا نسخہ قاعدے کی اجازت سے پرانا ہے؛ تازہ ترین فہرست سے دوبارہ جانچ کریں۔",
        "FATF Recommendation 6; UN Security Council Act 1948"),
    Outcome.TIMEOUT_NOT_ALLOWED: Sentence(
        "The purpose does not allow so long a time-out.", "یہ مقصد اتنی لمبی مہلت کی اجازت نہیں دیتا۔", _DESIGN),
    Outcome.PENDING_EXPIRED: Sentence(
        "The pending transfer has expired; its money is free again.",
        "معلق منتقلی کی مہلت ختم ہو چکی؛ رقم دوبارہ آزاد ہے۔", _DESIGN),
    Outcome.POST_EXCEEDS_RESERVED: Sentence(
        "The amount is more than what is still reserved.", "رقم محفوظ کردہ باقی رقم سے زیادہ ہے۔", _DESIGN),
    Outcome.INSUFFICIENT_BALANCE: Sentence(
        "The available balance is too small; top up and send again.",
        "دستیاب رقم کم ہے؛ رقم جمع کرا کے دوبارہ بھیجیں۔", _DESIGN),
    Outcome.BALANCE_OVERFLOW: Sentence(
        "A balance would leave the range of 63 bits.", "کھاتے کی رقم گنجائش سے باہر ہو جائے گی۔", _DESIGN),
    Outcome.DUPLICATE: Sentence(
        "The institution has already sent this UETR and leg; look it up instead of paying twice.",
        "ادارہ یہ یو ای ٹی آر اور مرحلہ پہلے بھیج چکا ہے؛ دوبارہ ادائیگی کے بجائے اسے تلاش کریں۔",
        "ISO 20022 status reason DUPL"),
    Outcome.DUPLICATE_WINDOW_FULL: Sentence(
        "The table that finds duplicates is full until it rotates; tell the operator, then send again.",
        "نقول پکڑنے والا جدول بھر چکا ہے؛ منتظم کو بتائیں، پھر دوبارہ بھیجیں۔", _DESIGN),
    Outcome.CHAIN_BROKEN: Sentence(
        "Another transfer of the same chain was rejected, so none of the chain was posted.",
        "اسی سلسلے کی کوئی اور منتقلی مسترد ہوئی، اس لیے پورا سلسلہ رک گیا۔", _DESIGN),
    Outcome.ACT_UNKNOWN: Sentence("No act has this schema number.", "اس نمبر کا کوئی عمل نہیں۔", _DESIGN),
    Outcome.ACT_FIELDS_WRONG: Sentence(
        "The act's fields are not those of its schema.", "عمل کے خانے اس کے خاکے کے مطابق نہیں۔", _DESIGN),
    Outcome.RECIPIENT_UNKNOWN: Sentence(
        "A recipient is not a registered institution.", "وصول کنندہ ادارہ رجسٹرڈ نہیں۔", _DESIGN),
    Outcome.ENTRY_UNKNOWN: Sentence(
        "The act refers to an entry that is not on the record yet.", "عمل ایسے اندراج کا حوالہ دیتا ہے جو موجود نہیں۔",
        _DESIGN),
    Outcome.ACT_NEEDS_CONFIRMATION: Sentence(
        "This act takes two persons: propose it and let another confirm.",
        "اس عمل کے لیے دو افراد چاہییں: تجویز دیں اور دوسرا تصدیق کرے۔", "Four eyes, " + _DESIGN),
    Outcome.ACT_NEEDS_NO_CONFIRMATION: Sentence(
        "This act takes one signature; send it directly.", "اس عمل کے لیے ایک دستخط کافی ہے؛ براہ راست بھیجیں۔",
        _DESIGN),
    Outcome.NOT_IN_FORCE_HERE: Sentence(
        "Only an authority of this network may order this.", "یہ حکم صرف اس نیٹ ورک کی اتھارٹی دے سکتی ہے۔",
        "Virtual Assets Act 2026"),
    Outcome.INSTITUTION_UNKNOWN: Sentence("No institution has this number.", "اس نمبر کا کوئی ادارہ نہیں۔", _DESIGN),
    Outcome.PERSON_UNKNOWN: Sentence("No active person has this number.", "اس نمبر کا کوئی فعال فرد نہیں۔", _DESIGN),
    Outcome.ASSET_UNKNOWN: Sentence("No asset has this number.", "اس نمبر کا کوئی اثاثہ نہیں۔", _DESIGN),
    Outcome.ACCOUNT_UNKNOWN: Sentence("No open account has this number.", "اس نمبر کا کوئی کھلا کھاتہ نہیں۔", _DESIGN),
    Outcome.ACCOUNT_NOT_YOURS: Sentence(
        "Only the account's institution may change it.", "کھاتے میں تبدیلی صرف اس کا ادارہ کر سکتا ہے۔", _DESIGN),
    Outcome.NUMBER_OUT_OF_RANGE: Sentence(
        "A number is outside its permitted range.", "ایک عدد مقررہ حد سے باہر ہے۔", _DESIGN),
    Outcome.ASSET_EXISTS: Sentence(
        "The issuer has already registered this identifier.", "جاری کنندہ یہ شناخت پہلے درج کرا چکا ہے۔", _DESIGN),
    Outcome.KEY_UNKNOWN: Sentence("No key has this identifier.", "اس شناخت کی کوئی کلید نہیں۔", _DESIGN),
    Outcome.KEY_ALREADY_REGISTERED: Sentence(
        "A key is registered once in a network, for ever; make a new one.",
        "کلید نیٹ ورک میں صرف ایک بار درج ہوتی ہے؛ نئی بنائیں۔", _DESIGN),
    Outcome.POSSESSION_NOT_PROVED: Sentence(
        "The new key's signature does not prove possession.", "نئی کلید کے دستخط ملکیت ثابت نہیں کرتے۔", _DESIGN),
    Outcome.SCOPE_NOT_ALLOWED: Sentence(
        "Systems, persons and the recovery set each have rights of their own; this key asks for others.",
        "نظام، افراد اور بحالی کے ارکان کے اختیارات الگ الگ ہیں؛ یہ کلید دوسرے اختیارات مانگتی ہے۔", _DESIGN),
    Outcome.KEY_ALREADY_REVOKED: Sentence("The key is already revoked.", "کلید پہلے ہی منسوخ ہے۔", _DESIGN),
    Outcome.LAST_KEY_OF_AUTHORITY: Sentence(
        "The authority or its recovery set would be left with fewer than two persons who can act.",
        "اتھارٹی یا بحالی کے ارکان میں دو سے کم با اختیار افراد رہ جائیں گے۔", _DESIGN),
    Outcome.PROPOSAL_UNKNOWN: Sentence(
        "No open proposal is at that entry.", "اس اندراج پر کوئی کھلی تجویز نہیں۔", _DESIGN),
    Outcome.PROPOSAL_DIFFERS: Sentence(
        "The digest is not that of the proposal; read it again before confirming.",
        "خلاصہ تجویز سے مختلف ہے؛ تصدیق سے پہلے دوبارہ پڑھیں۔", _DESIGN),
    Outcome.SAME_PERSON: Sentence(
        "The person who proposed cannot confirm, with whatever key.",
        "تجویز دینے والا فرد کسی بھی کلید سے خود تصدیق نہیں کر سکتا۔", "Four eyes, " + _DESIGN),
    Outcome.PROPOSAL_EXPIRED: Sentence(
        "The proposal has expired; propose again.", "تجویز کی مدت ختم ہو چکی؛ دوبارہ تجویز دیں۔", _DESIGN),
    Outcome.TOO_MANY_PROPOSALS: Sentence(
        "Too many proposals are open; confirm or withdraw some first.",
        "بہت سی تجاویز کھلی ہیں؛ پہلے کچھ کی تصدیق یا واپسی کریں۔", _DESIGN),
    Outcome.PERSON_NOT_ENTITLED: Sentence(
        "This person may not take part in this decision.", "یہ فرد اس فیصلے میں حصہ نہیں لے سکتا۔", _DESIGN),
    Outcome.ACCOUNT_NOT_EMPTY: Sentence(
        "An account is closed when nothing is in it and nothing is reserved.",
        "کھاتہ تب بند ہوتا ہے جب اس میں کچھ نہ ہو اور کچھ محفوظ نہ ہو۔", _DESIGN),
    Outcome.ACCOUNT_KIND_NOT_ALLOWED: Sentence(
        "This institution may not hold an account of this kind in this asset.",
        "یہ ادارہ اس اثاثے میں اس قسم کا کھاتہ نہیں رکھ سکتا۔", _DESIGN),
    Outcome.ORDER_NOT_EXECUTABLE: Sentence(
        "The order's transfers are not well formed: accounts, amounts or pending positions are wrong.",
        "حکم کی منتقلیاں درست نہیں: کھاتے، رقوم یا معلق مقام غلط ہیں۔", _DESIGN),
    Outcome.LIST_VERSION_NOT_NEXT: Sentence(
        "List versions are numbered without gaps; use the next number.",
        "فہرستوں کے نسخے بغیر خلا کے شمار ہوتے ہیں؛ اگلا نمبر دیں۔", _DESIGN),
    Outcome.CERTIFICATE_STATE: Sentence(
        "The firm's no-objection certificate is not in the state that this step follows.",
        "فرم کا عدم اعتراض سرٹیفکیٹ اس مرحلے میں نہیں جس کے بعد یہ قدم آتا ہے۔", "NOC Regulations 2025"),
    Outcome.LICENCE_STATE: Sentence(
        "The firm's licence is not in the state that this step follows.",
        "فرم کا لائسنس اس حالت میں نہیں جس کے بعد یہ قدم آتا ہے۔", "Virtual Assets Act 2026 s.22-23"),
    Outcome.LICENCE_NUMBER_TAKEN: Sentence(
        "Another firm has this licence number; give the next one.",
        "یہ لائسنس نمبر کسی اور فرم کا ہے؛ اگلا نمبر دیں۔", "Virtual Assets Act 2026 s.21"),
}  # fmt: skip
