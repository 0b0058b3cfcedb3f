"""Formats that several reports are written in: JSON and its schemas, JUnit XML, Markdown, SARIF."""
