"""What do the portal's lists cost with the organisations of a whole province?

python benchmarks/lists.py [--json] [--quick]
"""

import sys
from pathlib import Path

# Import from the project, not from beside this file.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

if __name__ == "__main__":
    from benchmarks.measured.list_pages import main

    main()
