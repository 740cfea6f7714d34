"""What the seed draws from: goods, people, places, notes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to send an order to, and the currency in which people there pay."""

    country: str
    state: str
    city: str
    postcode: str
    street: str
    currency: str


PLACES = (
    Place("US", "NY", "Brooklyn", "11201", "Court Street", "USD"),
    Place("US", "CA", "Oakland", "94607", "Broadway", "USD"),
    Place("DE", "DE-BE", "Berlin", "10115", "Chausseestraße", "EUR"),
    Place("DE", "DE-BY", "München", "80331", "Sendlinger Straße", "EUR"),
    Place("FR", "", "Lyon", "69002", "rue de la République", "EUR"),
    Place("GB", "", "Leeds", "LS1 4DY", "Park Row", "GBP"),
    Place("JP", "JP13", "東京", "100-0001", "千代田", "JPY"),
    Place("CA", "QC", "Montréal", "H2X 1Y4", "rue Sherbrooke", "CAD"),
    Place("IL", "", "תל אביב", "6688101", "שדרות רוטשילד", "USD"),
    Place("EG", "EGC", "القاهرة", "11511", "شارع طلعت حرب", "USD"),
    Place("CN", "CN2", "北京市", "100006", "王府井大街", "USD"),
    Place("IN", "MH", "Pune", "411001", "MG Road", "USD"),
    Place("RU", "", "Санкт-Петербург", "190000", "Невский проспект", "EUR"),
    Place("BR", "SP", "São Paulo", "01310-100", "Avenida Paulista", "USD"),
    Place("NO", "", "Tromsø", "9008", "Storgata", "EUR"),
)

LANGUAGES = {"US": "en", "GB": "en", "DE": "de", "FR": "fr", "RU": "ru", "CN": "zh-hans", "CA": "fr", "BR": "pt-br"}
"""What the translation plugin notes with an order; some places have none."""

PEOPLE = (
    ("José", "Ñandú"),
    ("小龍", "李"),
    ("Zoë", "O’Neill"),
    ("Анна", "Смирнова"),
    ("محمد", "الأحمد"),
    ("נועה", "לוי"),
    ("花子", "山田"),
    ("Anh", "Nguyễn Thị"),
    ("Łukasz", "Żółć"),
    ("Björk", "Guðmundsdóttir"),
    ("Dan", "Kim"),
    ("Ravi", "Śarmā"),
    ("Marie-Ève", "Tremblay"),
    ("Jean", "d'Arc"),
    ("Ada", "Lovelace"),
    ("Müller", "& Söhne <GmbH>"),
    ("Sukarno", ""),
    ("Ελένη", "Παπαδοπούλου"),
    ("สมชาย", "ใจดี"),
    ("Chloë 🌟", "Brontë"),
)

SIMPLE = (
    ("Merino Wool 100g", "WOOL-100", "12.50", "Yarn & Thread"),
    ("Knit & Purl Needle Set", "NEEDLE-SET", "24.99", 'Tools "Pro"'),
    ("Mohair Cloud", "MOHAIR-1", "29.95", "Yarn & Thread"),
    ("Ceramic Pour-Over Set", "POUR-1", "38.00", "Kitchen"),
    ("Canvas Tote Bag <large>", "TOTE-L", "19.90", "Bags"),
    ("Écharpe “Élan”", "ECHARPE-1", "45.00", "Écharpes"),
    ("手ぬぐい 藍染め", "TENUGUI-1", "14.00", "Kitchen"),
    ("Самовар 3 л", "SAMOVAR-3", "189.00", "Kitchen"),
    ("كتاب الطبخ", "BOOK-AR-1", "22.00", "Books"),
    ("Bicycle Bell 🔔", "BELL-1", "9.99", "Outdoor"),
    ("Oak Desk Organizer", "OAK-ORG", "64.50", "Office"),
    ("Espresso Beans 1 kg", "BEANS-1K", "21.35", "Kitchen"),
    ("Stainless Bottle 750 ml", "BOTTLE-750", "17.25", "Outdoor"),
    ("Button, single", "BUTTON-1", "0.07", "Yarn & Thread"),
    ("Gift Wrap Sample", "", "0.00", "Office"),
    ("Discontinued Lamp", "LAMP-OLD", "79.00", "Office"),
    ("Discontinued Rug", "RUG-OLD", "149.00", "Office"),
)

VARIABLE = (
    ("Aran Sweater", "SWEATER", "89.00", ("S", "M", "L"), ("Rød", "Blue")),
    ("Wool Sock", "SOCK", "11.49", ("S", "M", "L"), ("Rød", "Blue")),
    ('Cardigan "Ørsted"', "CARD", "85.49", ("S", "M"), ("Rød", "Blue")),
    ("Alpaca Hat", "HAT", "39.95", ("S", "M", "L"), ("Blue",)),
    ("浴衣 Yukata", "YUKATA", "120.00", ("M", "L"), ("藍", "白")),
)
DISCONTINUED = ("LAMP-OLD", "RUG-OLD")

COUPONS = (
    ("welcome10", "percent", "10", False),
    ("fiveoff", "fixed_cart", "5", False),
    ("sock2", "fixed_product", "2", False),
    ("freeship", "percent", "0", True),
    ("onthehouse", "percent", "100", True),
)

PAYMENTS = (
    ("stripe", "Credit card (Stripe)"),
    ("paypal", "PayPal"),
    ("bacs", "Direct bank transfer"),
    ("cod", "Cash on delivery"),
    ("", ""),
)

NOTES = (
    "🎁 <b>gift</b>",
    "Bitte beim Nachbarn abgeben.",
    "الرجاء الاتصال قبل التسليم ☎️",
    "נא להשאיר ליד הדלת",
    "請在下午三點後送達",
    "Ring twice;\nthe dog is friendly 🐕",
    'It\'s "urgent" & fragile — 100 % <handle with care>',
)

STATUSES = (
    ("completed", 44),
    ("processing", 26),
    ("on-hold", 6),
    ("pending", 6),
    ("cancelled", 7),
    ("failed", 4),
    ("refunded", 4),
    ("checkout-draft", 2),
)

REASONS = ("Damaged in transit", "", "Wrong size 😕", "Kunde hat widerrufen", "返品")
