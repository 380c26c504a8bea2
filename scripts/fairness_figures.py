"""How much scores change when only who somebody is, or how they write, changes; `-v` lists the pairs."""

from __future__ import annotations

import sys

from connector.privacy.fairness import MOST_AT_WORST, changes, fairness_table
from connector.scoring.engine import Engine


def main() -> None:
    engine = Engine()
    print(f"{'measure':<11}{'group':<16}{'pairs':>6}{'mean':>8}{'worst':>8}  within the bars")
    for row in fairness_table(engine):
        holds = "yes" if row.holds else "no"
        print(f"{row.measure:<11}{row.group:<16}{row.n:>6}", end="")
        print(f"{row.mean_change:>8.3f}{row.worst_change:>8.3f}  {holds}")
    if "-v" in sys.argv:
        for each in changes(engine):
            if each.change > MOST_AT_WORST:
                print(f"\n{each.change:.2f} {each.measure}\n  {each.pair.base}\n  {each.pair.variant}")


if __name__ == "__main__":
    main()
