"""Workbooks → records of text as people see them: XLSX, XLS, ODS.

`worksheet` chooses and reads one worksheet. `container` looks whether a package may be opened at
all, `xlsx` and `ods` say what calamine leaves out of it; an .xls is read with xlrd.
"""
