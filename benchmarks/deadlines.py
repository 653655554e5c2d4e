"""What do the clock's sweep and the post cost, beside bare SQL and a bare mail client?

python benchmarks/deadlines.py [--json] [--quick]
"""

import sys
from pathlib import Path

# Import from the project, not from beside this file.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

if __name__ == "__main__":
    from benchmarks.measured.due_and_told import main

    main()
