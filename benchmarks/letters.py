"""What does a letter cost, beside docxtpl itself on the same template and data?

python benchmarks/letters.py [--json] [--quick]
"""

import sys
from pathlib import Path

# Imports come from the project, not from beside this file.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

if __name__ == "__main__":
    from benchmarks.measured.letter_writing import main

    main()
