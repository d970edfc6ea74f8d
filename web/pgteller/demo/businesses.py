"""The businesses of the demo bank: who takes cards, who lets flats, who pays salaries."""

from __future__ import annotations

from dataclasses import dataclass

Amounts = tuple[int, int, int]  # in minor units: the least, the most, what is usual
Hours = tuple[int, int]  # of the day, in UTC: from, until


@dataclass(frozen=True)
class Shop:
    """Who takes cards: how often as against others, how much, when, and what was bought."""

    account_id: str
    name: str
    category: str
    city: str
    country: str
    weight: int
    amounts: Amounts
    hours: Hours
    sold: tuple[str, ...]


@dataclass(frozen=True)
class Firm:
    """Any other business."""

    account_id: str
    name: str
    category: str
    city: str
    country: str


# Everybody buys there: the account with thousands of entries.
LARGEST = "biz:greenleaf-markets"

SHOPS = (
    Shop(
        LARGEST,
        "Greenleaf Markets",
        "grocer",
        "Leipzig",
        "DE",
        130,
        (320, 9400, 2600),
        (7, 20),
        ("Groceries", "Groceries and household", "Weekly shop", "Fruit and vegetables"),
    ),
    Shop(
        "biz:kornblume-backhaus",
        "Kornblume Backhaus",
        "bakery",
        "Freiburg",
        "DE",
        16,
        (180, 1450, 480),
        (6, 13),
        ("Bread and rolls", "Pastries", "Breakfast"),
    ),
    Shop(
        "biz:Çınar Fırını",
        "Çınar Fırını",
        "bakery",
        "Köln",
        "DE",
        9,
        (150, 1300, 520),
        (6, 18),
        ("Simit and tea", "Börek", "Flatbread"),
    ),
    Shop(
        "biz:northwind-coffee",
        "Northwind Coffee",
        "coffee",
        "Malmö",
        "SE",
        38,
        (280, 940, 420),
        (6, 17),
        ("Flat white", "Espresso", "Coffee and cardamom bun", "Filter coffee"),
    ),
    Shop(
        "biz:northern-rail",
        "Northern Rail",
        "rail",
        "Bremen",
        "DE",
        17,
        (340, 8900, 1900),
        (5, 21),
        ("Day return", "Single ticket", "Seat reservation", "Bicycle ticket"),
    ),
    Shop(
        "biz:tramway-one",
        "Tramway One",
        "transit",
        "Bremen",
        "DE",
        24,
        (190, 720, 290),
        (5, 23),
        ("Single ride", "Day ticket", "Four-ride card"),
    ),
    Shop(
        "biz:paper-lantern-books",
        "Paper Lantern Books",
        "books",
        "Dublin",
        "IE",
        8,
        (690, 5400, 1890),
        (9, 19),
        ("Paperbacks", "Cookbook", "Children's books", "Notebook"),
    ),
    Shop(
        "biz:linden-pharmacy",
        "Linden Pharmacy",
        "pharmacy",
        "Kassel",
        "DE",
        9,
        (350, 4200, 1190),
        (8, 19),
        ("Prescription charge", "Vitamins", "First aid"),
    ),
    Shop(
        "biz:trattoria-fioretta",
        "Trattoria Fioretta",
        "restaurant",
        "Bologna",
        "IT",
        13,
        (1150, 8600, 3100),
        (11, 22),
        ("Lunch", "Dinner for two", "Dinner", "Pizza to take away"),
    ),
    Shop(
        "biz:wok-and-willow",
        "Wok & Willow",
        "restaurant",
        "Manchester",
        "GB",
        11,
        (850, 5200, 1790),
        (11, 22),
        ("Noodle lunch", "Dinner", "Dumplings to take away"),
    ),
    Shop(
        "biz:aurora-cinema",
        "Aurora Cinema",
        "leisure",
        "Leipzig",
        "DE",
        6,
        (950, 3800, 1900),
        (15, 22),
        ("Two tickets", "Ticket and popcorn", "Matinee"),
    ),
    Shop(
        "biz:velo-werkstatt",
        "Velo-Werkstatt",
        "repairs",
        "Freiburg",
        "DE",
        4,
        (1500, 18900, 4900),
        (9, 18),
        ("Brake service", "Inner tube and fitting", "Inspection", "Bicycle lights"),
    ),
    Shop(
        "biz:pixel-parlour",
        "Pixel Parlour",
        "electronics",
        "Rotterdam",
        "NL",
        4,
        (990, 64900, 6900),
        (10, 19),
        ("Headphones", "Phone case", "Monitor", "USB-C charger"),
    ),
    Shop(
        "biz:hem-and-thread",
        "Hem & Thread",
        "clothing",
        "Lyon",
        "FR",
        6,
        (1290, 18900, 4590),
        (10, 19),
        ("Knitwear", "Alterations", "Jacket", "Socks"),
    ),
)

RAIL = "biz:northern-rail"
HOTEL = Firm("biz:harbour-hotel", "Harbour Hotel", "hotel", "Porto", "PT")
FUEL = Firm("biz:polaris-fuel", "Polaris Fuel", "fuel", "Kassel", "DE")
MARKET = Firm("biz:tradewinds-market", "Tradewinds Marketplace", "marketplace", "Antwerp", "BE")
MARKET_FEES = Firm("biz:tradewinds-market/fees", MARKET.name, "marketplace fees", "Antwerp", "BE")
ATM = Firm("till/007", "Cash desk, Leipzig branch", "cash desk", "Leipzig", "DE")

LANDLORDS = (
    Firm("biz:hofgarten-homes", "Hofgarten Homes", "landlord", "Leipzig", "DE"),
    Firm("biz:quayside-lettings", "Quayside Lettings", "landlord", "Bristol", "GB"),
    Firm("biz:maison-rivage", "Maison Rivage", "landlord", "Nantes", "FR"),
)
UTILITIES = (
    (Firm("biz:helios-energy", "Helios Energy", "utilities", "Bremen", "DE"), (3900, 13900, 7200)),
    (
        Firm("biz:clearbrook-water", "Clearbrook Water", "utilities", "Cork", "IE"),
        (1400, 4200, 2300),
    ),
    (Firm("biz:fibrelink", "Fibrelink", "telecoms", "Frankfurt", "DE"), (1990, 4990, 2990)),
)
EMPLOYERS = (
    Firm("biz:kestrel-software", "Kestrel Software", "employer", "Dublin", "IE"),
    Firm("biz:atlas-logistics", "Atlas Logistics", "employer", "Rotterdam", "NL"),
    Firm("biz:meridian-health", "Meridian Health", "employer", "Leipzig", "DE"),
    Firm("biz:bluebird-media", "Bluebird Media", "employer", "Lyon", "FR"),
    Firm("biz:stonebridge-schools", "Stonebridge Schools", "employer", "Bristol", "GB"),
)
SELLERS = (
    Firm("biz:juniper-ceramics", "Juniper Ceramics", "marketplace seller", "Coimbra", "PT"),
    Firm("biz:old-harbour-vinyl", "Old Harbour Vinyl", "marketplace seller", "Gdańsk", "PL"),
    Firm("biz:tanuki-toys", "Tanuki Toys 狸", "marketplace seller", "Düsseldorf", "DE"),
)

FIRMS = (
    *(HOTEL, FUEL, MARKET, MARKET_FEES, ATM),
    *LANDLORDS,
    *(firm for firm, _ in UTILITIES),
    *EMPLOYERS,
    *SELLERS,
)
ALL: tuple[Shop | Firm, ...] = (*SHOPS, *FIRMS)

POINTS = "STARS"  # the bank's own unit
# Units of one euro, in minor units of each: what the bank buys and sells at.
RATES = {"USD": 1.084, "GBP": 0.857, "JPY": 1.623, "KWD": 3.334}
REASONS = {
    "USD": "Holiday in Boston",
    "GBP": "Tuition in Leeds",
    "JPY": "Trip to Osaka",
    "KWD": "Family in Kuwait City",
}
