"""Where sessions are kept for everyone to see: in a file of this machine, or in Convex; both take the one mutation."""

from broadcast_orchestrator.model.sessions.convex_sessions import ConvexSessions
from broadcast_orchestrator.model.sessions.sqlite_sessions import SessionFileError, SqliteSessions

__all__ = ["ConvexSessions", "SessionFileError", "SqliteSessions"]
