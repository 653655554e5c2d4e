"""A year's arrangement that nobody has published yet, invented."""

# Invented: New Year's holiday goes on to Tuesday, made up for on the Saturdays around.
NEXT_YEAR = """
year: 2027
source: 试算示例，非官方
status: published
holidays:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-05}
  - {name: 春节, from: 2027-02-05, to: 2027-02-11}
workdays: [2027-01-09, 2027-02-20]
"""
