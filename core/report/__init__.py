"""The report, as one page of HTML, a workbook and JSON."""
