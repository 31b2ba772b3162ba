import { useEffect } from 'react'
import { live } from './live'

/** Receives changes from the server while this account is signed in. */
export function useWire(account: string | undefined): void {
  useEffect(() => {
    if (account === undefined) return
    let disconnect: (() => void) | undefined
    let isOver = false
    // Loaded separately, so that the page does not wait for it.
    void Promise.all([import('./topics'), import('./connection')]).then(([{ TopicWire }, { connection }]) => {
      if (!isOver) disconnect = live.connect((live) => new TopicWire(connection, live))
    })
    return () => {
      isOver = true
      disconnect?.()
    }
  }, [account])
}
