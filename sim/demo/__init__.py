"""An evening that anyone can run: five small services and an orchestrator, each a real process of its own."""
