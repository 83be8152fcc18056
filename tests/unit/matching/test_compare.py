"""Two names held against each other, across scripts and spellings."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base.errors import Malformed
from sanad.matching.comparison import compare
from sanad.matching.words import Comparison, ReasonKind, Schema

pytestmark = pytest.mark.timeout(600)  # the first comparison compiles, which takes long on a busy machine


def person(one: str, two: str) -> Comparison:
    return compare(Schema.PERSON, one, two)


def firm(one: str, two: str) -> Comparison:
    return compare(Schema.COMPANY, one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Mohd. Nawaz Ch.", "محمد نواز چودھری"),
        ("Muhammad Nawaz Chaudhry", "محمد نواز چوہدری"),
        ("Zahida Parveen", "زاہدہ پروین"),
        ("Ghulam Qadir Bhutto", "غلام قادر بھٹو"),
        ("Wajid Vohra", "واجد ووہرا"),
        ("Tariq Pasha", "طارق باشا"),
        ("Khadija al-Jabri", "خديجة الجبري"),
        ("Abdurrahman Thabit", "عبد الرحمن ثابت"),
        ("Abd al-Rahman Thabet", "عبدالرحمٰن ثابت"),
        ("Nooruddin Yusufzai", "نورالدین یوسفزئی"),
        ("Salah al-Din Zubaydi", "صلاح الدين الزبيدي"),
        ("Hussain Shah", "حسين شاه"),
        ("Hussein Shah", "حسین شاہ"),
        ("Sergei Rakhmaninov", "Сергей Рахманинов"),
        ("Oleksandr Shevchuk", "Олександр Шевчук"),
        ("Giorgos Papandreou", "Γιώργος Παπανδρέου"),
        ("Moshe Levi", "משה לוי"),
        ("Wang Xiaoming", "王晓明"),
        ("Park Min-ho", "박민호"),
        ("Kumari Lakshmi", "कुमारी लक्ष्मी"),
    ],
)
def test_a_name_is_known_in_another_script(one: str, two: str) -> None:
    assert person(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Lashkar-e-Naqsh", "Lashkar-i-Naksh"),
        ("Lashkar-e-Naqsh", "لشکر نقش"),
        ("Tehreek-e-Bahar", "تحریک بہار"),
        ("Jamiat ul-Ansar", "جمعیت الانصار"),
        ("OOO Zarya", "Zarya Limited Liability Company"),
        ("ООО «Заря»", "Zarya LLC"),
        ("Zaryabank", "Zarya Bank"),
        ("Meridian Trading Corp.", "Meridian Trading Corporation"),
        ("A.K.M. Shipping", "AKM Shipping"),
    ],
)
def test_a_body_is_known_in_another_spelling(one: str, two: str) -> None:
    assert firm(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Asad Durrani", "Assad Durani"),
        ("Bilal Jan", "Jan Bilal"),
        ("DURRANI, Asad", "Asad Durrani"),
        ("Haji Asad Durrani", "Asad Durrani"),
        ("Mr. Asad Durrani", "Dr. Asad Durrani"),
        ("A. Durrani", "Asad Durrani"),
        ("Asad Durani", "Asad Durrnai"),
        ("AsadDurrani", "Asad Durrani"),
        ("Asad Khan Durrani", "Asad Durrani"),
        ("Li Na", "Li Na"),
        ("Bo", "Bo"),
    ],
)
def test_a_slip_of_the_pen_does_not_hide_a_name(one: str, two: str) -> None:
    assert person(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Asad Durrani", "Karim Durrani"),
        ("Asad Durrani", "Asad Wazir"),
        ("Uzair Asad Durrani", "Asad Durrani"),
        ("Asad bin Karim Durrani", "Asad bin Walid Durrani"),
        ("علی رضا", "حسن رضا"),
        ("Hasan Raza", "حسین رضا"),
    ],
)
def test_another_word_in_its_place_is_somebody_else(one: str, two: str) -> None:
    assert not person(one, two).matches


def test_the_reasons_say_word_by_word_what_took_how_much() -> None:
    found = person("Usama Durrani", "أسامة خان دراني")

    assert [reason.kind for reason in found.reasons] == [
        ReasonKind.OTHER_SCRIPT, ReasonKind.OTHER_SCRIPT, ReasonKind.MISSING_WORD,
    ]  # fmt: skip
    assert found.reasons[2].listed == "خان"
    assert found.score == 1000 + sum(reason.points for reason in found.reasons)


def test_the_kinds_of_likeness_have_names() -> None:
    def first(one: str, two: str) -> ReasonKind:
        return person(one, two).reasons[0].kind

    assert first("Bilal Wazir", "BILAL Wazir") is ReasonKind.SAME_WORD
    assert first("Hussain Wazir", "Hussein Wazir") is ReasonKind.OTHER_SPELLING
    assert first("Bilat Wazir", "Bilal Wazir") is ReasonKind.TYPING_ERROR
    assert first("B. Wazir", "Bilal Wazir") is ReasonKind.INITIAL
    assert first("Bi Lal Wazir", "Bilal Wazir") is ReasonKind.JOINED
    assert person("Wazir Bilal", "Bilal Wazir").reasons[-1].kind is ReasonKind.OTHER_ORDER
    assert person("Bilal Wazir", "Bilal Durrani").reasons[-1].kind is ReasonKind.OTHER_WORD


@pytest.mark.parametrize(
    "disguised",
    [
        "Bil\u200bal Wazir",  # zero width
        "Bilal\u202e Wazir",  # right-to-left override
        "Bil\u0430l Wazir",  # Cyrillic а
        "Вilаl Wazir",  # Cyrillic В and а
        "Bi1al W4zir",
        "Ｂｉｌａｌ　Ｗａｚｉｒ",  # full width
        "B\u0069\u0301lal Wazir",
        "Bilal\tWazir\n",
    ],
)
def test_a_disguise_does_not_help(disguised: str) -> None:
    assert person(disguised, "Bilal Wazir").score >= 950


@pytest.mark.parametrize("empty", ["", " ", "\u200b\u202e", "--", "؟", "\n\t"])
def test_an_empty_name_is_malformed_and_never_clear(empty: str) -> None:
    with pytest.raises(Malformed) as caught:
        person(empty, "Bilal Wazir")
    assert caught.value.code == "name_empty"


def test_a_name_of_ten_thousand_characters_is_malformed() -> None:
    with pytest.raises(Malformed) as caught:
        person("a" * 10_000, "Bilal Wazir")
    assert caught.value.code == "name_too_long"


def test_a_name_of_very_many_words_is_malformed() -> None:
    with pytest.raises(Malformed) as caught:
        person("a b " * 60, "Bilal Wazir")
    assert caught.value.code == "name_too_many_words"


texts = st.text(max_size=60)
words = st.sampled_from([
    "Muhammad", "محمد", "Bilal", "بلال", "Wazir", "وزیر", "Khan", "خان", "Abdul", "عبد", "الرحمن", "Rahman", "al-",
    "Сергей", "金", "김", "Zarya", "Ltd", "7", "A.", "Abu",
])  # fmt: skip
names = st.lists(words, min_size=1, max_size=6).map(" ".join)


@given(texts, texts, st.sampled_from(Schema))
def test_any_text_gives_a_score_or_a_reason_why_not(one: str, two: str, schema: Schema) -> None:
    try:
        found = compare(schema, one, two)
    except Malformed:
        assert not any(letter.isalnum() for letter in unicodedata.normalize("NFKC", one)) or not any(
            letter.isalnum() for letter in unicodedata.normalize("NFKC", two)
        )
    else:
        assert 0 <= found.score <= 1000


@given(names, names)
def test_the_order_of_the_two_makes_no_difference(one: str, two: str) -> None:
    assert person(one, two).score == person(two, one).score
    assert firm(one, two).score == firm(two, one).score


@given(names)
def test_a_name_is_like_itself(name: str) -> None:
    assert person(name, name).score == 1000


def test_what_is_an_article_elsewhere_may_be_a_name_at_the_end() -> None:
    assert not person("Kim Jong Il", "Kim Jong Un").matches
    assert person("Kim Jong Un", "KIM, Jong-un").matches


def test_a_ships_prefix_is_no_part_of_its_name() -> None:
    assert compare(Schema.VESSEL, "M/V OCEAN STAR", "Ocean Star").score == 1000


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Abdul Wahab Memon", "Abdull Wahab Memon"),
        ("Abdul Wahab Memon", "Badul Wahab Memon"),
        ("Saleem Akbar", "Sal33m Akb4r"),
        ("Saleem Akbar", "Saleem Akba1"),
        ("Chaman Lal", "C. Lal"),
        ("Philip Okafor", "P. Okafor"),
        ("Margaret Okafor", "Peggy Okafor"),
        ("Robert Okafor II", "Robert Okafor, 2nd"),
        ("Dawood Marker", "Dawod Maker"),
    ],
)
def test_what_people_make_of_a_persons_name(one: str, two: str) -> None:
    assert person(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Vanderlinde Tea", "van der Linde Tea"),
        ("Second Harbour Line", "2nd Harbour Line"),
        ("Twenty First Harbour", "21st Harbour"),
        ("Harbour Bank (Gwadar)", "Harbour Bank"),
        ("Harbour Bank (formerly Creek Bank)", "Harbour Bank (formerly Bay Bank)"),
    ],
)
def test_what_people_make_of_a_firms_name(one: str, two: str) -> None:
    assert firm(one, two).matches


def test_what_two_firms_have_in_brackets_alone_makes_them_one_no_more() -> None:
    assert firm("Harbour Bank (South Gwadar)", "Creek Textiles (South Gwadar)").score < 500
    assert not firm("Harbour Bank (Gwadar)", "Harbour Bank (Karachi)").matches


def test_a_name_that_is_near_to_abdul_is_not_taken_for_it() -> None:
    assert person("Adel Memon", "عادل میمن").matches
    assert not person("Adel Memon", "Abdul Memon").matches


def test_a_father_is_not_his_son_though_their_names_are_the_same_words() -> None:
    assert not person("Umar bin Dawood Memon", "Dawood bin Umar Memon").matches
    assert person("Umar Dawood Memon", "Memon Umar Dawood").matches
    assert person("Umar bin Dawood Memon", "عمر بن داود ميمن").matches


@pytest.mark.parametrize(("one", "two"), [("Harbour 4", "Harbour 7"), ("Pearl III", "Pearl V"), ("XU 3120", "XU 4011")])
def test_a_word_with_another_number_is_another_vessel_or_firm(one: str, two: str) -> None:
    assert not firm(one, two).matches
    assert firm(one, one.rsplit(maxsplit=1)[0]).matches


def test_a_longer_name_with_another_number_is_still_shown_as_one_of_a_series() -> None:
    assert 740 <= firm("Harbour Pearl 4", "Harbour Pearl 7").score <= 750
    assert firm("Harbour North Creek Fund XII L.P.", "Harbour North Creek Fund XIII L.P.").matches


def test_a_family_name_put_first_says_nothing_of_descent() -> None:
    assert person("bin Dawood Memon Umar", "Umar Memon bin Dawood").matches
    assert person("bin Memon Umar", "Umar bin Memon").matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Memon Bros. Impex", "Memon Brothers Impex"),
        ("Creek Intl. Petrochem. Co.", "Creek International Petrochemical Company"),
        ("Creek Mfg. & Dev. Corp.", "Creek Manufacturing and Development Corporation"),
        ("U.S. Bureau of Creeks", "United States Bureau of Creeks"),
        ("Memon Lojistik Ltd. Sti.", "Memon Lojistik Limited Sirketi"),
        ("Creek Rubber Sdn Bhd", "Creek Rubber Sendirian Berhad"),
        ("State Corporation Creekatom", "Creekatom"),
        ("Creek Uluslararası Nakliyat A.Ş.", "Creek International Transport Inc."),
    ],
)
def test_what_firms_cut_short_is_read_in_full(one: str, two: str) -> None:
    assert firm(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Объединённая судостроительная корпорация", "United Shipbuilding Corporation"),
        ("Химический завод «Заря»", "Zarya Chemical Plant"),
        ("شرکت بیمه زاگرس", "Zagros Insurance Company"),
        ("بانک ملی زاگرس", "National Bank of Zagros"),
        ("Ejército Revolucionario de Zarya", "Revolutionary Army of Zarya"),
        ("Centre islamique au Zarya", "Islamic Center in Zarya"),
        ("Eastern Zarya Front", "East Zarya Front"),
        ("Zavod im. P. Zaryina", "Factory named after P. Zaryin"),
        ("Министерство энергетики Зарийской Федерации", "Ministry of Energy of the Zariysk Federation"),
        ("Фонд северных инвестиций", "Foundation of Northern Investments"),
        ("شرکت نفت زاگرس", "Zagros Oil Company"),
    ],
)
def test_the_common_words_of_bodies_are_known_in_other_languages(one: str, two: str) -> None:
    assert firm(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("CSB", "Creek Shipping Board (CSB)"),
        ("Creek Shipping Board (CSB)", "Creek Shipping Board"),
        ("CRESHICO", "Creek Shipping Corporation (CRESHICO)"),
        ("CSOC", "Creek Saltwater Oil Corporation"),
        ("Creek Shipping Board (CSB)", "Creek Shipping Board (Gwadar)"),
    ],
)
def test_letters_in_brackets_that_the_words_spell_are_another_name(one: str, two: str) -> None:
    assert firm(one, two).matches


def test_the_same_letters_in_brackets_make_no_firm_of_two() -> None:
    assert not firm("Creek Shipping Board (CSB)", "Coastal Sand Bricks (CSB)").matches
    assert not firm("Creek Shipping Board", "Coastal Sand Bricks (CSB)").matches
    assert not firm("Creek Bank (Gwadar)", "Creek Bank (Pasni)").matches
    assert not firm("GWADAR", "Creek Bank (GWADAR)").matches


def test_brackets_of_ten_thousand_words_are_read_in_no_time() -> None:
    with pytest.raises(Malformed):
        firm("a " * 5_000 + "(AAAAAAAAAA)", "Creek")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Datuk Seri Hamzah bin Wahab", "Hamzah bin Wahab"),
        ("Tan Sri Lokman Wahab", "Lokman Wahab"),
        ("Mst. Nasreen Akhter", "Nasreen Akhter"),
        ("মোঃ করিম উদ্দিন", "Md. Karim Uddin"),
        ("Cabdiqaadir Xasan Cumar", "Abdiqadir Hassan Omar"),
        ("Ousmane Diallo", "Ousman Jallow"),
        ("Hocine Belkacem", "Hussein Belkacem"),
    ],
)
def test_titles_and_spellings_of_many_countries_are_known(one: str, two: str) -> None:
    assert person(one, two).matches


def test_names_that_sound_near_in_one_country_are_told_apart() -> None:
    assert not person("Amadou Toure", "Mamadou Toure").matches
    assert not person("Tan Wei Ming", "Sri Wei Ming").matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("周春霞", "Chou Chun-hsia"),
        ("曾國棟", "Tseng Kuo-tung"),
        ("Zeng Guodong", "曾国栋"),
        ("Hsieh Chih-ming", "谢志明"),
        ("上官婉清", "Shangguan Wanqing"),
        ("제갈민", "Jegal Min"),
        ("李春山", "Ri Chun San"),
    ],
)
def test_chinese_characters_are_known_in_pinyin_and_in_wade_giles(one: str, two: str) -> None:
    assert person(one, two).matches


def test_characters_that_are_read_alike_are_not_the_family_that_koreans_read_so() -> None:
    assert not person("谢丽", "Ri Xie Chol").matches
    assert not person("周春霞", "Chang Chun-hsia").matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Tzvi Ratzon", "צבי רצון"),
        ("Anna Vorobyeva", "Анна Воробьёва"),
        ("Faycal Benaissa", "Faisal Benaissa"),
    ],
)
def test_letters_that_stand_for_two_sounds_are_heard(one: str, two: str) -> None:
    assert person(one, two).matches


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Saad Durrani", "سعید درانی"),
        ("Khalil Durrani", "خالد درانی"),
        ("Kim Su Jin", "KIM, Su Il"),
        ("Zhang Yu", "PAO, Yu Hsiang"),
        ("Hua Zhuli Durrani", "Hajji Durrani"),
    ],
)
def test_somebody_else_is_told_apart(one: str, two: str) -> None:
    assert not person(one, two).matches


def test_a_title_is_known_in_another_spelling() -> None:
    assert person("Cheick Oumar Durrani", "Sheikh Umar Durrani").matches
    assert person("শেখ করিম উদ্দিন", "Sheikh Karim Uddin").matches


def test_what_ends_a_given_name_is_a_name_too() -> None:
    assert person("KIM, Jong Il", "Kim Jong Il").matches
    assert not person("KIM, Jong Il", "Kim Jong Un").matches
