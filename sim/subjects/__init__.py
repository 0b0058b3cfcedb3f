"""Any implementation of the orchestrator, in any language, driven in virtual time and seen from outside."""
