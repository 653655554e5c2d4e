"""How fast is the journal, beside what the database itself can do?

python benchmarks/engine.py [--json] [--quick]
"""

import sys
from pathlib import Path

# This file is called like the room it measures: import from the project, not from beside it.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

if __name__ == "__main__":
    from benchmarks.measured.speed import main

    main()
