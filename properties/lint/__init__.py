"""What an application's pages do with the orchestrator: TypeScript and TSX, read and never run."""
