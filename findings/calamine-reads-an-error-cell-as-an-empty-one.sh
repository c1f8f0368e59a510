#!/usr/bin/env bash
# python-calamine 0.9.1, openpyxl 3.1.5, xlsxwriter 3.3.1, Python 3.11.
# A formula such as VLOOKUP leaves #N/A in a cell where it found nothing, and the file keeps that result as an error. openpyxl
# gives the text '#N/A'. python-calamine gives an empty text, as for a cell that was never filled, so a failed look-up and a
# missing value are one, and a row of errors looks empty.
# Output seen:
#   openpyxl: ['acme.com', '#N/A', '#DIV/0!', None]
#   calamine: ['acme.com', '', '', '']
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5 xlsxwriter==3.3.1
cd "$folder"
venv/bin/python - <<'PY'
import openpyxl
import python_calamine
import xlsxwriter

with xlsxwriter.Workbook("list.xlsx") as workbook:
    sheet = workbook.add_worksheet("list")
    sheet.write_string("A1", "acme.com")
    sheet.write_formula("B1", '=VLOOKUP("globex.com", F1:G9, 2, FALSE)', value="#N/A")
    sheet.write_formula("C1", "=1/0", value="#DIV/0!")
    sheet.write_string("E1", "end")
by_openpyxl = [cell.value for cell in openpyxl.load_workbook("list.xlsx", data_only=True)["list"][1]][:4]
by_calamine = python_calamine.CalamineWorkbook.from_path("list.xlsx").get_sheet_by_name("list").to_python()[0][:4]
print("openpyxl:", by_openpyxl)
print("calamine:", by_calamine)
assert by_openpyxl == ["acme.com", "#N/A", "#DIV/0!", None], "openpyxl reads otherwise"
assert by_calamine == ["acme.com", "", "", ""], "calamine tells errors now"
PY
