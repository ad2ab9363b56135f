"""Replace cells of a sheet by a person's corrections.

A correction applies to a later file, too, where the cell has the same text and its row is about the
same recipient; any other text of the file counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from merge.model import MendedCell
from merge.recipients.answers import Place
from merge.recipients.cells import Cells, shown
from merge.recipients.columns import Columns
from merge.recipients.sheet import Sheet


def mended(
    sheet: Sheet, columns: Columns, known: Iterable[MendedCell], here: Mapping[Place, str]
) -> tuple[Sheet, list[MendedCell]]:
    """The sheet with corrections, each told as "cell-mended", and those that were applied.

    `here` are corrections of this very file by their place; they win over those `known` from
    earlier files.
    """
    named = (*columns.identity, "department")
    who = [sheet.headers[i] for name, i in columns.fields.items() if name in named]
    alike: dict[tuple[str, str, Cells], list[MendedCell]] = defaultdict(list)
    for each in known:
        alike[each.column, each.before, each.anchor].append(each)
    frame = sheet.frame.copy()
    meant: dict[Place, str] = {}
    for (header, before, anchor), some in alike.items():
        if header in frame and len(anchor) == len(who):
            is_alike = frame[header] == before
            for name, cell in zip(who, anchor, strict=True):
                is_alike &= frame[name] == cell
            rows = frame.index[is_alike].tolist()
            meant |= {(row, header): after for row in rows for after in _meant(some, row)}
    done = [
        MendedCell(row, header, str(then), after, tuple(str(frame.at[row, each]) for each in who))
        for (row, header), after in sorted((meant | dict(here)).items())
        if header in frame and row in frame.index and (then := frame.at[row, header]) != after
    ]
    for each in done:
        frame.at[each.row, each.column] = each.after
    told = (
        sheet.problem("cell-mended", each.row, each.column, shown(each.before), each.after)
        for each in done
    )
    return replace(sheet, frame=frame, told=(*sheet.told, *told)), done


def _meant(alike: Sequence[MendedCell], row: int) -> list[str]:
    """What the last of these says; where several differ only in their place, that of the row."""
    if len({each.after for each in alike}) > 1:
        alike = [each for each in alike if each.row == row]
    return [each.after for each in alike[-1:]]
