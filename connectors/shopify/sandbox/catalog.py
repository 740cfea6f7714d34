"""What the seed draws from: goods, people, places, notes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

VAT19, VAT7, VAT20 = ("MwSt", Decimal("0.19")), ("MwSt", Decimal("0.07")), ("TVA", Decimal("0.2"))
NY = (("New York State Tax", Decimal("0.04")), ("Kings County Tax", Decimal("0.04875")))
GST = (("GST", Decimal("0.05")), ("QST", Decimal("0.09975")))


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to send an order to, what people there pay with, and the taxes of goods there."""

    country: str
    province: str | None
    city: str
    postcode: str
    street: str
    currency: str
    rates: tuple[tuple[str, Decimal], ...] = ()
    locale: str = "en"


PLACES = (
    Place("DE", None, "Berlin", "10115", "Chausseestraße", "EUR", (VAT19,), "de"),
    Place("DE", None, "München", "80331", "Sendlinger Straße", "EUR", (VAT7,), "de"),
    Place("FR", None, "Lyon", "69002", "rue de la République", "EUR", (VAT20,), "fr"),
    Place("US", "NY", "Brooklyn", "11201", "Court Street", "USD", NY, "en-US"),
    Place("GB", None, "Leeds", "LS1 4DY", "Park Row", "GBP", (("VAT", Decimal("0.2")),), "en-GB"),
    Place("JP", "JP-13", "東京", "100-0001", "千代田", "JPY", (("消費税", Decimal("0.1")),), "ja"),
    Place("CA", "QC", "Montréal", "H2X 1Y4", "rue Sherbrooke", "CAD", GST, "fr-CA"),
    Place("EG", "C", "القاهرة", "11511", "شارع طلعت حرب", "EUR", (), "ar"),
    Place("CN", "BJ", "北京市", "100006", "王府井大街", "EUR", (), "zh-CN"),
    Place("KW", None, "مدينة الكويت", "13001", "شارع الخليج", "KWD", (), "ar"),
    Place("NO", None, "Tromsø", "9008", "Storgata", "EUR", (("MVA", Decimal("0.25")),), "nb"),
    Place("BR", "SP", "São Paulo", "01310-100", "Avenida Paulista", "EUR", (), "pt-BR"),
)
RATES = {
    "EUR": Decimal(1),
    "USD": Decimal("1.0842"),
    "GBP": Decimal("0.8431"),
    "JPY": Decimal("161.23"),
    "CAD": Decimal("1.4829"),
    "KWD": Decimal("0.3331"),
}
PEOPLE = (
    *(("José", "Ñandú"), ("小龍", "李"), ("Zoë", "O’Neill"), ("Анна", "Смирнова"), ("محمد", "الأحمد")),
    *(("נועה", "לוי"), ("花子", "山田"), ("Anh", "Nguyễn Thị"), ("Łukasz", "Żółć"), ("Marie-Ève", "Tremblay")),
    *(("Ada", "Lovelace"), ("Müller", "& Söhne <GmbH>"), ("Sukarno", None), ("สมชาย", "ใจดี"), ("Chloë 🌟", "Brontë")),
)
SIMPLE = (
    ("Merino Wool 100g", "WOOL-100", "12.50"),
    ("Knit & Purl Needle Set", "NEEDLE-SET", "24.99"),
    ("Ceramic Pour-Over Set", "POUR-1", "38.00"),
    ("Canvas Tote Bag <large>", "TOTE-L", "19.90"),
    ("手ぬぐい 藍染め", "TENUGUI-1", "14.00"),
    ("Самовар 3 л", "SAMOVAR-3", "189.00"),
    ("كتاب الطبخ", "BOOK-AR-1", "22.00"),
    ("Bicycle Bell 🔔", "BELL-1", "9.99"),
    ("Button, single", "BUTTON-1", "0.07"),
    ("Gift Wrap Sample", "", "0.00"),
    ("Trailing Space", "SPACE-1 ", "5.00"),
)
FAMILIES = (
    ("Aran Sweater", "SWEATER", "89.00", ("S", "M", "L"), ("Rød", "Blue")),
    ("Wool Sock", "SOCK", "11.49", ("S", "M", "L"), ("Rød", "Blue")),
    ("浴衣 Yukata", "YUKATA", "120.00", ("M", "L"), ("藍", "白")),
)
NOTES = (
    None,
    "Ring twice",
    "🎁 <b>gift</b> & no receipt",
    "الرجاء الاتصال قبل التسليم",
    "请放在门口\nzweiter Hof",
    None,
)
