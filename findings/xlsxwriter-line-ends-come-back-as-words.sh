#!/usr/bin/env bash
# xlsxwriter 3.3.1, openpyxl 3.1.5, python-calamine 0.9.1, Python 3.11.
# A cell whose text has a Windows line end is written with the escape of the format, `_x000D_`. python-calamine gives the line
# end back, openpyxl (and pandas, which reads with it) gives the seven characters of the escape as text of the cell.
# Output seen:
#   written 'two\r\nlines', openpyxl 'two_x000D_\nlines', calamine 'two\r\nlines'
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xlsxwriter==3.3.1 openpyxl==3.1.5 python-calamine==0.9.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import openpyxl
import python_calamine
import xlsxwriter

text = "two\r\nlines"
with xlsxwriter.Workbook("notes.xlsx") as book:
    book.add_worksheet().write_string(0, 0, text)
by_openpyxl = openpyxl.load_workbook("notes.xlsx").active["A1"].value
((by_calamine,),) = python_calamine.load_workbook("notes.xlsx").get_sheet_by_index(0).to_python()
print(f"written {text!r}, openpyxl {by_openpyxl!r}, calamine {by_calamine!r}")
assert by_openpyxl == "two_x000D_\nlines", "openpyxl reads the escape differently now"
assert by_calamine == text, "calamine reads the escape differently now"
PY
