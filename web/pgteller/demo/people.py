"""Names and places to invent customers from: of many cultures, and of nobody in particular."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

# First names; last names; cities with their country.
CULTURES = (
    (
        "Mara Sanna Elin Tuva Oskar Nils Henrik Freja",
        "Lindqvist Bergdahl Söderlund Hallgren Ekström Myrberg Dahlin Aspelund",
        "Malmö/SE Uppsala/SE Göteborg/SE",
    ),
    (
        "Jonas Leonie Matthis Frieda Konrad Annika Till Rosalie",
        "Ackermann Brinkmann Dornfeld Eichhorn Falkner Grünwald Hollstein Kessler",
        "Leipzig/DE Bremen/DE Freiburg/DE Kassel/DE",
    ),
    (
        "Éloïse Bastien Maëlle Corentin Solène Thibault Margaux Yannick",
        "Delacourt Fontenay Garrigue Lavallière Marchandeau Peyrolle Rivoire Vasseur",
        "Lyon/FR Nantes/FR Lille/FR",
    ),
    (
        "Chiara Matteo Ilaria Davide Ginevra Lorenzo Noemi Fabrizio",
        "Bellandi Carraro Donadoni Fioravanti Gallinari Montecchi Santoro Trevisan",
        "Torino/IT Bologna/IT Trieste/IT",
    ),
    (
        "Lucía Iker Marisol Álvaro Nerea Gonzalo Ainhoa Rubén",
        "Aranda Beltrán Castañeda Echeverría Montalbán Olmedo Quiroga Zamorano",
        "Valencia/ES Bilbao/ES Granada/ES",
    ),
    (
        "Agnieszka Bartosz Kalina Wojciech Zuzanna Mikołaj Halina Tymon",
        "Borkowska Czajka Dąbrowa Jastrzębska Kwiatek Malinowska Sikora Wrona",
        "Gdańsk/PL Kraków/PL Łódź/PL",
    ),
    (
        "Ayşe Emre Zeynep Kerem Elif Tolga Defne Onur",
        "Akgül Çelikkan Demirtaş Karaca Özbilen Şahinler Tunalı Yıldızhan",
        "İzmir/TR Köln/DE Eskişehir/TR",
    ),
    (
        "Layla Karim Nadia Tariq Yasmin Samir Rania Bilal",
        "Haddadin Khouri Mansour Nasrallah Rahmani Saleh Tawfiq Zidani",
        "Kuwait City/KW Marseille/FR Rotterdam/NL",
    ),
    (
        "Ananya Rohan Meera Arjun Kavya Vikram Ishita Sanjay",
        "Banerjee Chauhan Deshpande Iyengar Kulkarni Menon Raghavan Venkatesan",
        "Leicester/GB Pune/IN Frankfurt/DE",
    ),
    (
        "Sakura Haruto Yuki Kenji Aoi Ren Naomi Takumi",
        "Fujimori Hayashida Ishikawa Kobayakawa Minamoto Nishimura Tachibana Yamashiro",
        "Düsseldorf/DE Osaka/JP Sapporo/JP",
    ),
    (
        "Meiling Wei Xinyi Jun Lihua Zhihao Yifan Bo",
        "Chen Fang Gao Liang Ouyang Shen Xu Zhou",
        "Vienna/AT Singapore/SG Antwerp/BE",
    ),
    (
        "Adaeze Chidi Folake Emeka Ngozi Tunde Amara Kelechi",
        "Adeyinka Balogun Chukwuma Eze Ibekwe Nwachukwu Okonjo Uzoma",
        "Manchester/GB Lagos/NG Dublin/IE",
    ),
    (
        "Eleni Nikos Despina Yannis Ioanna Stavros Katerina Thanos",
        "Andreadis Christakos Galanis Kallergi Manolas Pappas Stathopoulou Vlachos",
        "Thessaloniki/GR Athens/GR Nicosia/CY",
    ),
    (
        "Inês Tiago Beatriz Rui Leonor Duarte Matilde Vasco",
        "Albuquerque Carvalhal Figueiredo Lourenço Magalhães Nogueira Queirós Sobral",
        "Porto/PT Coimbra/PT Luxembourg/LU",
    ),
    (
        "Aoife Cormac Niamh Declan Saoirse Fionn Orla Ronan",
        "Brannigan Corcoran Devlin Fallon Gallagher Kinsella Mulcahy Rafferty",
        "Cork/IE Galway/IE Bristol/GB",
    ),
    (
        "Oksana Dmytro Iryna Taras Solomiya Bohdan Halyna Ostap",
        "Bondar Chornovol Dovzhenko Hrytsenko Kovalchuk Lysenko Marchuk Savchuk",
        "Lviv/UA Kyiv/UA Prague/CZ",
    ),
)

PLAIN = str.maketrans("øØßłŁıİđ", "oOslLiId")

# What people write to each other.
MESSAGES = (
    "Dinner on Friday",
    "Your half of the taxi",
    "Birthday present for Sam",
    "Thanks for the tickets!",
    "Football jersey",
    "Groceries, see receipt",
    "Weekend at the lake",
    "Concert, row 12",
    "Pizza 🍕",
    "Babysitting, Tuesday",
    "Gas and electricity, my share",
    "Lunch",
    "Gift card",
    "Books you brought me",
    "Danke fürs Auslegen",
    "Merci pour hier soir",
    "Gracias por la cena",
    "Moving van",
    "Guitar strings",
    "Team coffee",
)


@dataclass(frozen=True)
class Person:
    """A customer, as the bank knows one."""

    name: str
    slug: str
    email: str
    city: str
    country: str


def slug(name: str) -> str:
    """A name as it stands in an account's id."""
    plain = unicodedata.normalize("NFKD", name.translate(PLAIN))
    folded = "".join(one for one in plain.lower() if not unicodedata.combining(one))
    words = "".join(one if one.isascii() and one.isalnum() else " " for one in folded)
    return "-".join(words.split())


def invent(rng: random.Random, taken: set[str]) -> Person:
    """Somebody whose id nobody has yet."""
    firsts, lasts, cities = rng.choice(CULTURES)
    name = f"{rng.choice(firsts.split())} {rng.choice(lasts.split())}"
    own = slug(name)
    number = 2
    while own in taken:
        own = f"{slug(name)}-{number}"
        number += 1
    taken.add(own)
    places = [place.split("/") for place in _places(cities)]
    city, country = rng.choice(places)
    domain = rng.choice(("example.com", "example.org", "example.net"))
    return Person(name, own, f"{own.replace('-', '.')}@{domain}", city, country)


def _places(cities: str) -> list[str]:
    """Each with its country; a city may be two words."""
    found: list[str] = []
    words: list[str] = []
    for word in cities.split():
        words.append(word)
        if "/" in word:
            found.append(" ".join(words))
            words = []
    return found
