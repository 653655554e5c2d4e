"""How does the portal stand the night before a deadline?

python benchmarks/portal.py [--json] [--quick]
"""

import sys
from pathlib import Path

# This file is called like the room it measures: import from the project, not from beside it.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

if __name__ == "__main__":
    from benchmarks.measured.deadline_night import main

    main()
