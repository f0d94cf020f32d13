"""A short table as a table: it prints, reflows, can be read aloud, and every cell is text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from web.components.definitions import definition


def plain_table(
    rows: Sequence[Mapping[str, object]],
    *,
    key: str,
    title: str,
    grey: Collection[int] = (),
    numbers: Collection[str] = (),
) -> None:
    """Show rows under the columns of the first one.

    Parameters
    ----------
    title : str
        What the table is, for somebody who does not see it.
    grey : collection of int
        Rows that say too little to stand out.
    numbers : collection of str
        Columns that are set to the right.
    """
    columns = list(rows[0]) if rows else []
    definition("plain_table", html='<div class="attune-table"></div>')(
        key=key,
        data={
            "title": title,
            "columns": columns,
            "rows": [[str(row[name]) for name in columns] for row in rows],
            "grey": sorted(grey),
            "numbers": [columns.index(name) for name in numbers if name in columns],
        },
    )
