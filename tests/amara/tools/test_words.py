from __future__ import annotations

import pytest

from amara.tools import words

SAID = {
    "cleaning": [
        *("aseo", "Limpieza", "servicio de aseo", "empleada doméstica", "EMPLEADA DOMESTICA por días", "maid"),
        *("a cleaner", "house cleaning", "aseo del apartamento", "housekeeper", "servicio doméstico", "cleaning"),
    ],
    "deep_cleaning": [
        *("limpieza profunda", "aseo profundo", "limpieza a fondo", "Deep cleaning", "deep house cleaning"),
        *("deep_cleaning", "deep-cleaning"),
    ],
    "laundry": ["lavandería", "lavanderia", "lavado de ropa", "laundry", "wash & fold"],
    "ironing": ["planchado", "planchar la ropa", "planchadora", "ironing"],
    "cooking": ["cocinera", "cocina", "cook", "a private chef", "cocinar en casa"],
    "childcare": ["niñera", "ninera", "NIÑERA", "nana", "nanny", "babysitter", "baby-sitter", "cuidado de los niños"],
    "elder_care": ["cuidado de adultos mayores", "cuidado de ancianos", "elder care", "elderly care", "senior care"],
    "gardening": ["jardinería", "jardinero", "jardinera", "gardener", "gardening", "lawn mowing"],
}


@pytest.mark.parametrize(("slug", "said"), [(slug, said) for slug, all_said in SAID.items() for said in all_said])
def test_the_words_people_use_mean_a_service(slug, said):
    assert words.service_slug(said) == slug


@pytest.mark.parametrize(
    "said", ["plomero", "limpieza de piscinas", "cuidadora", "servicio", "", "   ", "'; drop table", "🧹"]
)
def test_words_that_mean_no_service_are_not_guessed(said):
    assert words.service_slug(said) is None


def test_every_service_has_a_name_and_words_in_both_languages():
    for slug, names in words.SERVICE_NAMES.items():
        assert set(names) == {"es", "en"}
        assert {words.service_slug(name) for name in (slug, *names.values())} == {slug}
    assert set(SAID) == set(words.SERVICE_NAMES)


def test_no_word_means_two_services():
    seen = {}
    for slug, said in words._SERVICE_WORDS.items():
        for word in said:
            assert seen.setdefault(words.fold(word), slug) == slug
            assert words.service_slug(word) == slug


def test_a_service_the_table_does_not_have_keeps_the_markets_own_name():
    assert words.service_name("pet_care", "en", "Paseo de perros") == "Paseo de perros"


@pytest.mark.parametrize(
    "said", ["Medellín", "medellin", "MEDELLÍN", "Medelli\u0301n", "  medellin. ", "Medellin, Colombia"]
)
def test_a_city_is_known_with_and_without_accents(said):
    name, spellings = words.city_spellings(said)
    assert name == "Medellín"
    assert "medellin" in spellings


def test_a_city_that_is_not_in_the_table_is_compared_as_it_was_said():
    assert words.city_spellings("Santa Rosa de Cabal") == ("Santa Rosa de Cabal", ["santa rosa de cabal"])


@pytest.mark.parametrize("said", ["en", "EN", "en-US", "en_US", "inglés", "Ingles", "English", "english (fluent)"])
def test_a_language_is_known_by_code_and_by_word(said):
    code, spellings = words.language_spellings(said)
    assert code == "en"
    assert {"en", "ingles", "english"} <= set(spellings)


def test_a_language_nobody_listed_is_compared_as_it_was_said():
    assert words.language_spellings("Wayuunaiki") == ("Wayuunaiki", ["wayuunaiki"])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ñandú", "nandu"),
        ("  A \t b\n", "a b"),
        ("Bogotá, D.C.", "bogota d c"),
        ("a\x00b", "a b"),
        ("…", ""),
        ("İ", "i"),
    ],
)
def test_folding_leaves_letters_and_digits_alone(text, folded):
    assert words.fold(text) == folded


def test_nothing_in_a_line_hides_from_its_reader():
    assert words.plain("uno\u202e dos\u200b\x00\n\ntres\ue000", 200) == "uno dos tres"


def test_a_line_is_cut_with_an_ellipsis_and_never_longer_than_told():
    assert words.plain("palabra " * 100, 20) == "palabra palabra pal…"
    assert len(words.plain("x" * 5_000_000, 200)) == 200
    assert words.plain("x" * 200, 200) == "x" * 200
