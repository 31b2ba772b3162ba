import { useEffect, useState } from 'react'
import { connection } from '../../sync/connection'
import { live } from '../../sync/live'
import { DocumentSession } from '../../sync/session'

/** The open document, for as long as the page shows it; null until it is open. */
export function useDocumentSession(id: string, account: string): DocumentSession | null {
  const [session, setSession] = useState<DocumentSession | null>(null)
  useEffect(() => {
    const opened = new DocumentSession(id, account, live, connection)
    setSession(opened)
    return () => opened.end()
  }, [id, account])
  return session
}
