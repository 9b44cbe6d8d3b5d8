"""`python -m benchmarks [speed] [digits] [classroom] [watching]`: all of them without a name."""

import sys

from benchmarks import classroom, digits, speed, watching
from benchmarks.report import Report

PARTS = {"speed": speed, "digits": digits, "classroom": classroom, "watching": watching}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        print(f"There is no benchmark named {', '.join(unknown)}; there are {', '.join(PARTS)}.")
        return 2
    report = Report()
    for name in wanted:
        PARTS[name].run(report)
    print("\nAll bars reached." if not report.failed else "\nMissed: " + "; ".join(report.failed))
    return bool(report.failed)


if __name__ == "__main__":
    sys.exit(main())
