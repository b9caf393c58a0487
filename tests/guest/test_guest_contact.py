"""The form's fields as they are stored; no database is asked."""

from __future__ import annotations

import pytest

from guest import contact, errors, shapes
from guest.settings import Settings

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("maria@example.com", "maria@example.com"),
        ("  maria@example.com ", "maria@example.com"),
        ("Maria.Perez+casa@EXAMPLE.com", "Maria.Perez+casa@example.com"),
        ("josé@ejemplo.co", "josé@ejemplo.co"),
        ("jose\u0301@ejemplo.co", "jos\u00e9@ejemplo.co"),
        ("maria@bogot\u00e1.co", "maria@bogot\u00e1.co"),
        ("maria@xn--bogot-xqa.co", "maria@b\u00e1ogot.co"),
        ("o'neil@sub.domain.com.co", "o'neil@sub.domain.com.co"),
    ],
)
def test_a_good_address_is_kept_in_its_normal_form(said, stored):
    assert contact.email(said, SETTINGS) == stored


@pytest.mark.parametrize(
    "said",
    [
        "",
        "   ",
        "maria",
        "maria@",
        "@example.com",
        "maria@localhost",
        "maria@example",
        "maria @example.com",
        "ma ria@example.com",
        "maria@exam ple.com",
        "maria..perez@example.com",
        ".maria@example.com",
        "maria@example..com",
        "maria@-example.com",
        "maria@[127.0.0.1]",
        '"maria perez"@example.com',
        "Maria <maria@example.com>",
        "maria@example.com, pedro@example.com",
        "maria@example.com\nbcc: pedro@example.com",
        "maria\u0000@example.com",
        "maria\u202e@example.com",
        "a" * 64 + "@" + "b" * 251 + ".com",  # 320 characters
        "a" * 308 + "@example.com",  # 320 characters
        "a" * 5000 + "@example.com",
    ],
)
def test_a_bad_address_is_refused(said):
    with pytest.raises(errors.EmailInvalid):
        contact.email(said, SETTINGS)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("300 123 4567", "+573001234567"),
        ("3001234567", "+573001234567"),
        ("+57 300 123 4567", "+573001234567"),
        ("573001234567", "+573001234567"),
        ("0057 300 123 4567", "+573001234567"),
        ("00573001234567", "+573001234567"),
        ("(601) 123 4567", "+576011234567"),
        ("601-234-5678", "+576012345678"),
        ("+57 (604) 444 4444", "+576044444444"),
        ("0057 601 2345678", "+576012345678"),
        (" 300.123.4567 ", "+573001234567"),
        ("\u202d+57 300 123 4567\u202c", "+573001234567"),
        ("\uff13\uff10\uff10 123 4567", "+573001234567"),
        ("+1 212 555 0123", "+12125550123"),
        ("0034 912 345 678", "+34912345678"),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_a_good_number_is_kept_in_e164(said, stored):
    assert contact.phone(said, SETTINGS) == stored


@pytest.mark.parametrize(
    "said",
    [
        "123",
        "1234567",
        "(1) 234 5678",  # a landline as it was dialled until 2021
        "+57 1 234 5678",
        "03 1 234 5678",
        "300 123 456",
        "300 123 45678",
        "+57 300 123",
        "00 300 123 4567",
        "+999 300 123 4567",
        "llámeme",
        "300 ABC DEFG",
        "300 123 4567 ext 5",
        "300 123 4567 o 310 765 4321",
        "tel:+573001234567",
        "300\u0000 123 4567",
        "+",
        "0",
        "3" * 320,
        "300 123 4567" + " " * 308,
    ],
)
def test_a_bad_number_is_refused(said):
    with pytest.raises(errors.PhoneInvalid):
        contact.phone(said, SETTINGS)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("María González", "María González"),
        ("  María   González\n", "María González"),
        ("Mari\u0301a", "Mar\u00eda"),
        ("Иван Петров", "Иван Петров"),
        ("李小龙", "李小龙"),
        ("Ñ", "Ñ"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_name_is_one_line_of_composed_characters(said, stored):
    assert contact.name(said, SETTINGS) == stored


@pytest.mark.parametrize("said", ["", " \t ", "x" * 201, "María\u0000", "María\u0007", "\u202eaíraM", "María\ud800"])
def test_a_name_that_is_no_name_is_refused(said):
    with pytest.raises(errors.NameInvalid):
        contact.name(said, SETTINGS)


@pytest.mark.parametrize(("version", "stored"), [("1", "1"), (1, "1"), (" 2025-11 ", "2025-11")])
def test_a_given_consent_names_the_text_in_force(version, stored):
    consent = shapes.Consent(version, accepted=True)
    assert contact.consented(consent, Settings(consent_version=stored)) == stored
    with pytest.raises(errors.ConsentOutdated):
        contact.consented(consent, Settings(consent_version="another"))


@pytest.mark.parametrize(
    "consent", [None, shapes.Consent("1"), shapes.Consent("", accepted=True), shapes.Consent(" ", accepted=True)]
)
def test_a_consent_that_cannot_be_shown_later_is_none(consent):
    with pytest.raises(errors.ConsentMissing):
        contact.consented(consent, SETTINGS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@gmai.com", "ana@gmail.com"),
        ("ana@gmaill.com", "ana@gmail.com"),
        ("ana@gmail.co", "ana@gmail.com"),
        ("ana@gmail.con", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@hotmail.co", "ana@hotmail.com"),
        ("ana@outlok.com", "ana@outlook.com"),
        ("ana@yaho.com", "ana@yahoo.com"),
        ("Ana.P+casa@yahoo.com.c", "Ana.P+casa@yahoo.com.co"),
    ],
)
def test_a_slip_in_a_well_known_domain_is_asked_about(said, meant):
    assert contact.hint(said) == meant


@pytest.mark.parametrize(
    "domain", ["gmail.com", "ymail.com", "mail.com", "empresa.com.co", "uniandes.edu.co", "gmail.com.co", "gm.co"]
)
def test_a_domain_of_its_own_is_not_asked_about(domain):
    assert contact.hint(f"ana@{domain}") is None
