"""The table of measures as a page, as Markdown, as text and as plain data."""
