"""The audit for other tools."""
