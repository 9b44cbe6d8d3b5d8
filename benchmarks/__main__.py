"""`python -m benchmarks [speed] [digits] [digit-diffusion] [four-models] [classroom] [watching]`: without a name all.

`python -m benchmarks tricks` is asked for by name only: it writes a file that ships.
"""

import sys

from benchmarks import classroom, digit_diffusion, digits, four_models, speed, tricks, watching
from benchmarks.report import Report

PARTS = {
    "speed": speed,
    "digits": digits,
    "digit-diffusion": digit_diffusion,
    "four-models": four_models,
    "classroom": classroom,
    "watching": watching,
}
ALL = PARTS | {"tricks": tricks}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        print(f"There is no benchmark named {', '.join(unknown)}; there are {', '.join(ALL)}.")
        return 2
    report = Report()
    for name in wanted:
        ALL[name].run(report)
    print("\nAll bars reached." if not report.failed else "\nMissed: " + "; ".join(report.failed))
    return bool(report.failed)


if __name__ == "__main__":
    sys.exit(main())
