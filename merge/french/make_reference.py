"""Write the reference of the communes, from the npm package that publishes the COG as JSON.

How to make it again, with npm and a clone of this repository:

    for v in 0.7.0 6.0.0; do
        npm pack @etalab/decoupage-administratif@$v
        mkdir $v && tar xzf etalab-decoupage-administratif-$v.tgz -C $v
    done
    python -P -m merge.french.make_reference 6.0.0/package --earlier 0.7.0/package

The same packages give the same bytes on every machine: plain text, sorted, without a date. Then
bring SOURCES.md up to date. It also says what is kept and why.
"""

import argparse
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def communes_text(communes: list[dict[str, Any]]) -> str:
    """The current communes, a line each: INSEE code;name;TNCC;postcodes;population.

    The département is not written, because the code begins with it. Raises ValueError where that
    does not hold, or where a value would break a line: look at the new edition, then.
    """
    lines = []
    for commune in communes:
        if commune["type"] != "commune-actuelle":
            continue
        insee, name = commune["code"], commune["nom"]
        if not insee.startswith(commune["departement"]):
            raise ValueError(f"{insee}: not in the département that its code says")
        article_code = commune.get("typeLiaison", "")
        postcodes = " ".join(sorted(commune.get("codesPostaux", ())))
        population = commune.get("population", "")
        fields = [insee, name, str(article_code), postcodes, str(population)]
        if any(";" in field or "\n" in field for field in fields):
            raise ValueError(f"{insee}: a value holds a separator")
        lines.append(";".join(fields))
    return "".join(f"{line}\n" for line in sorted(lines))


# The départements of 1967 around Paris. Their codes are in no list of today, but look like the
# postcodes of Paris and of the Yvelines that people write into a column for codes.
_OF_1967 = ("75", "78")
_PARTS = ("commune-deleguee", "commune-associee")


def vanished_text(communes: list[dict[str, Any]], earlier: list[dict[str, Any]]) -> str:
    """What is a commune no more, a line each: old INSEE code;current INSEE code;old name or "".

    The communes déléguées and associées say where they belong; where a former code of a current
    commune contradicts them, they are right, because they are of today. `earlier` are the
    communes of an earlier edition, for names that only it has: of those merged or renamed since.
    A commune with another name than before has its code twice; one with two has two lines.

    Raises ValueError where the commune of today is not one, or a name would break a line.
    """
    current = {each["code"]: each["nom"] for each in communes if each["type"] == "commune-actuelle"}
    successors = {
        old: each["code"]
        for each in communes
        for old in each.get("anciensCodes", ())
        if not old.startswith(_OF_1967) or each["code"].startswith(old[:2])
    }
    successors |= {each["code"]: each["chefLieu"] for each in communes if each["type"] in _PARTS}
    names: dict[str, set[str]] = {old: set() for old in successors}
    for each in (*communes, *earlier):
        if each["type"] in ("commune-actuelle", *_PARTS):
            names.setdefault(each["code"], set()).add(each["nom"])
    lines = []
    for old, known in names.items():
        now = successors.get(old, old)
        if now not in current or (old in current and old != now):
            raise ValueError(f"{old}: has not gone in a current commune")
        if any(";" in name or "\n" in name for name in known):
            raise ValueError(f"{old}: a name holds a separator")
        if old == now:
            known.discard(current[now])
        elif not known:
            known.add("")
        lines += [f"{old};{now};{name}\n" for name in known]
    return "".join(sorted(lines))


def departments_text(departments: list[dict[str, Any]]) -> str:
    """The départements and the overseas collectivities, a line each: code;name;TNCC."""
    return "".join(
        sorted(f"{each['code']};{each['nom']};{each['typeLiaison']}\n" for each in departments)
    )


def main() -> None:
    """Read the unpacked packages and write the three files of the reference beside this one."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("package", type=Path, help="the folder that `tar xzf` made")
    parser.add_argument("--earlier", type=Path, required=True, help="that of an earlier edition")
    options = parser.parse_args()
    communes = _read(options.package, "communes.json")
    earlier = _read(options.earlier, "communes.json")
    departments = _read(options.package, "departements.json")
    (HERE / "communes.csv").write_bytes(communes_text(communes).encode())
    (HERE / "vanished.csv").write_bytes(vanished_text(communes, earlier).encode())
    (HERE / "departments.csv").write_bytes(departments_text(departments).encode())


def _read(package: Path, file: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads((package / "data" / file).read_bytes())
    return content


if __name__ == "__main__":
    main()
