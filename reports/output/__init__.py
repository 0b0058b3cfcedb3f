"""Files, terminal and formats that every report shares."""
