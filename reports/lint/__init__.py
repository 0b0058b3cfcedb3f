"""What was found in an application's pages: in words, as JSON and as SARIF."""
