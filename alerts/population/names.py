"""Invented names by nationality, in Latin letters and in the script their owners would write, and languages."""

from dataclasses import dataclass
from random import Random

Name = tuple[str, str]


@dataclass(frozen=True)
class People:
    """Names of one language: boys', girls' and family names, each as (Latin, own script)."""

    script: str
    boys: tuple[Name, ...]
    girls: tuple[Name, ...]
    families: tuple[Name, ...]
    family_first: bool = False


@dataclass(frozen=True)
class Nationality:
    """How many of a hundred children, whose names they have, and what they speak."""

    name: str
    share: int
    people: People
    languages: tuple[str, ...]


def _names(text: str) -> tuple[Name, ...]:
    pairs = (part.strip().rpartition(" ") for part in text.split(","))
    return tuple((latin.strip(), script.replace("_", " ")) for latin, _, script in pairs)


def _latin(text: str) -> tuple[Name, ...]:
    return tuple((part.strip(), "") for part in text.split(","))


ARABIC = People(
    "ar",
    _names(
        "Yasin ياسين, Mazin مازن, Anwar أنور, Hatim حاتم, Walid وليد, Badr بدر, Sami سامي, Nizar نزار, Idris إدريس,"
        "Tariq طارق, Munir منير, Rashid رشيد, Jamal جمال, Hisham هشام, Zahir زاهر, Luay لؤي, Basil باسل, Amjad أمجد"
    ),
    _names("Salma سلمى, Rania رانيا, Hanan حنان, Mariam مريم, Nuha نهى, Abir عبير"),
    _names(
        "Adam آدم, Bakhit بخيت, Haroun هارون, Mansour منصور, Osman عثمان, Ishaq إسحاق, Tahir طاهر, Darwish درويش,"
        "Suleiman سليمان, Zakaria زكريا, Kassab كساب, Najjar نجار, Haddad حداد, Sabbagh صباغ, Rihawi ريحاوي"
    ),
)
DARI = People(
    "fa",
    _names(
        "Farid فرید, Navid نوید, Omid امید, Jawad جواد, Nasir نصیر, Habib حبیب, Zaman زمان, Murtaza مرتضی,"
        "Basir بصیر, Karim کریم, Samim صمیم, Wahid وحید, Yama یما, Reza رضا, Arash آرش, Kamran کامران, Siavash سیاوش"
    ),
    _names("Shabnam شبنم, Parwana پروانه, Laleh لاله, Nargis نرگس, Mina مینا, Zohra زهره"),
    _names(
        "Ahmadi احمدی, Noori نوری, Sharifi شریفی, Karimi کریمی, Haidari حیدری, Amiri امیری, Rezaei رضایی,"
        "Sultani سلطانی, Moradi مرادی, Azizi عزیزی, Stanekzai ستانکزی, Tehrani تهرانی, Jafari جعفری"
    ),
)
TIGRINYA = People(
    "ti",
    _names(
        "Yonas ዮናስ, Filmon ፊልሞን, Merhawi መርሃዊ, Samuel ሳሙኤል, Henok ሄኖክ, Natnael ናትናኤል, Robel ሮቤል, Aman ኣማን,"
        "Mikal ሚካኤል, Dawit ዳዊት, Temesgen ተመስገን, Senay ሰናይ, Kibrom ክብሮም, Hermon ሄርሞን"
    ),
    _names("Selam ሰላም, Feven ፌቨን, Winta ዊንታ, Rahwa ራህዋ, Luwam ሉዋም"),
    _names(
        "Tesfay ተስፋይ, Ghebre ገብረ, Kidane ኪዳነ, Habte ሃብተ, Berhane ብርሃነ, Tekle ተክለ, Mehari መሓሪ, Abraha ኣብርሃ,"
        "Weldu ወልዱ, Haile ሃይለ, Zerai ዘርኣይ"
    ),
)
AMHARIC = People(
    "am",
    _names("Abel አቤል, Biruk ብሩክ, Getachew ጌታቸው, Kaleb ካሌብ, Yared ያሬድ, Tilahun ጥላሁን, Surafel ሱራፌል, Eyob ኢዮብ"),
    _names("Hiwot ሕይወት, Meron ሜሮን, Tigist ትዕግስት, Bethel ቤቴል"),
    _names("Alemu አለሙ, Bekele በቀለ, Desta ደስታ, Girma ግርማ, Lemma ለማ, Mulugeta ሙሉጌታ, Tadesse ታደሰ, Worku ወርቁ"),
)
VIETNAMESE = People(
    "vi",
    _names(
        "Duc Đức, Hieu Hiếu, Khanh Khánh, Long Long, Minh Minh, Nam Nam, Phuc Phúc, Quan Quân, Son Sơn, Thang Thắng,"
        "Tuan Tuấn, Van_Hai Văn_Hải"
    ),
    _names("Hoa Hoa, Huong Hương, Lan Lan, Linh Linh, Ngoc Ngọc, Thuy Thủy, Trang Trang"),
    _names(
        "Bui Bùi, Dang Đặng, Dinh Đinh, Do Đỗ, Ho Hồ, Lam Lâm, Luong Lương, Mai Mai, Phan Phan, Trinh Trịnh, Vu Vũ"
    ),
    family_first=True,
)
ALBANIAN = People(
    "",
    _latin(
        "Ardit, Besnik, Dritan, Endri, Ergys, Fatos, Gentian, Klodian, Landi, Mirjan, Orgest, Renato, Saimir, Xhoni"
    ),
    _latin("Anisa, Brunilda, Denisa, Elona, Jonida, Mirela"),
    _latin(
        "Alushi, Bregu, Cela, Dervishi, Gjoka, Hysa, Kola, Lleshaj, Marku, Ndreca, Prifti, Shkurti, Toska, Zeneli"
    ),
)
KURDISH = People(
    "ckb",
    _names(
        "Aram ئارام, Bakhtyar بەختیار, Dilshad دڵشاد, Hemin هێمن, Karwan کاروان, Rebin ڕێبین, Sarbast سەربەست,"
        "Shwan شوان, Zana زانا, Hiwa هیوا, Rawand ڕاوەند, Goran گۆران"
    ),
    _names("Shilan شیلان, Naza نازە, Hero هێرۆ, Chra چرا"),
    _names(
        "Barzan بارزان, Salih ساڵح, Rostam ڕۆستەم, Hama حەمە, Faraj فەرەج, Qadir قادر, Majid مەجید, Rashid ڕەشید"
    ),
)

# The recent mix of the domain's figures, led by Sudan, Eritrea and Afghanistan, with the Albanian years before.
NATIONALITIES = (
    Nationality("Sudan", 20, ARABIC, ("Arabic", "Zaghawa", "Fur")),
    Nationality("Eritrea", 15, TIGRINYA, ("Tigrinya",)),
    Nationality("Afghanistan", 15, DARI, ("Dari", "Pashto")),
    Nationality("Iran", 11, DARI, ("Farsi", "Kurdish Sorani")),
    Nationality("Vietnam", 10, VIETNAMESE, ("Vietnamese",)),
    Nationality("Albania", 9, ALBANIAN, ("Albanian",)),
    Nationality("Syria", 8, ARABIC, ("Arabic",)),
    Nationality("Iraq", 7, KURDISH, ("Kurdish Sorani", "Arabic")),
    Nationality("Ethiopia", 5, AMHARIC, ("Amharic", "Oromo")),
)

STAFF_GIVEN = [
    "Aled",
    "Anneka",
    "Barnaby",
    "Bronwen",
    "Callum",
    "Cerys",
    "Clemency",
    "Dafydd",
    "Delia",
    "Duncan",
    "Edith",
    "Elspeth",
    "Fergal",
    "Fiona",
    "Gareth",
    "Gwen",
    "Hamish",
    "Hester",
    "Imogen",
    "Ivor",
    "Jessamy",
    "Keir",
    "Leonie",
    "Lorcan",
    "Mabel",
    "Morag",
    "Niall",
    "Nesta",
    "Oriel",
    "Osric",
    "Petra",
    "Piers",
    "Rhona",
    "Rowan",
    "Sabina",
    "Selwyn",
    "Tamsin",
    "Tobias",
    "Una",
    "Verity",
    "Wilfred",
    "Winifred",
]
STAFF_FAMILY = [
    "Ashbrook",
    "Barlowe",
    "Birtwell",
    "Blackmere",
    "Carrow",
    "Chettle",
    "Cobbold",
    "Dunmore",
    "Eastlake",
    "Farrant",
    "Fennimore",
    "Garside",
    "Glaisdale",
    "Halewood",
    "Harkness",
    "Hollins",
    "Ingleby",
    "Jarrold",
    "Kerslake",
    "Langrick",
    "Linthwaite",
    "Maddox",
    "Mellish",
    "Netherby",
    "Oakshott",
    "Pellow",
    "Penhale",
    "Quarmby",
    "Rainsford",
    "Redfern",
    "Sallows",
    "Selkirk",
    "Stannard",
    "Thackray",
    "Tolland",
    "Umpleby",
    "Vosper",
    "Wainscott",
    "Whitlock",
    "Wolstan",
    "Yardley",
]


def of_child(nationality: Nationality, sex: str, rng: Random) -> tuple[str, str, str, str]:
    """Given name, family name, the whole name in the own script, and which script that is."""
    people = nationality.people
    given, own = rng.choice(people.girls if sex == "F" else people.boys)
    family, own_family = rng.choice(people.families)
    parts = (own_family, own) if people.family_first else (own, own_family)
    script = " ".join(part for part in parts if part)
    return given.replace("_", " "), family, script, people.script if script else ""


def of_staff(rng: Random) -> str:
    """Somebody who works here."""
    return f"{rng.choice(STAFF_GIVEN)} {rng.choice(STAFF_FAMILY)}"
