"""Write the reference of the communes, from the npm package that publishes the COG as JSON.

How to make it again, with npm and a clone of this repository:

    npm pack @etalab/decoupage-administratif@6.0.0
    tar xzf etalab-decoupage-administratif-6.0.0.tgz
    python -m merge.french.make_reference package

The same package gives the same bytes on every machine: plain text, sorted, without a date. Then
bring SOURCES.md up to date. What is kept and why is told there too.
"""

import argparse
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def communes_text(communes: list[dict[str, Any]]) -> str:
    """The current communes, a line each: INSEE code;name;TNCC;postcodes;population.

    The département is not written, because the code begins with it. Raises ValueError where that
    does not hold, or where a value would break a line: a new vintage is to be looked at, then.
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


def departments_text(departments: list[dict[str, Any]]) -> str:
    """The départements and the overseas collectivities, a line each: code;name."""
    return "".join(sorted(f"{each['code']};{each['nom']}\n" for each in departments))


def main() -> None:
    """Read the unpacked package and write communes.csv and departments.csv beside this file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("package", type=Path, help="the folder that `tar xzf` made")
    data = parser.parse_args().package / "data"
    communes = json.loads((data / "communes.json").read_text(encoding="utf-8"))
    departments = json.loads((data / "departements.json").read_text(encoding="utf-8"))
    (HERE / "communes.csv").write_bytes(communes_text(communes).encode())
    (HERE / "departments.csv").write_bytes(departments_text(departments).encode())


if __name__ == "__main__":
    main()
