"""Workbooks → records of text as people see them: XLSX, XLSB, XLS, ODS.

`container` looks whether a file may be opened at all, and finds what calamine leaves out;
`worksheet` reads one worksheet with calamine. Each format has a file.
"""
