import { useSyncExternalStore } from 'react'

const follow = (changed: () => void) => {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

/** What stands behind the page's address, from its `#` on. */
export const useHash = (): string => useSyncExternalStore(follow, () => location.hash)
