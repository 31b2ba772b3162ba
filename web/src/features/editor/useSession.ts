import { useSyncExternalStore } from 'react'
import type { DocumentSession } from '../../sync/session'

/** Reads one part of a session and follows it. */
export const useSession = <T>(session: DocumentSession, read: (session: DocumentSession) => T): T =>
  useSyncExternalStore(session.onChange, () => read(session))
