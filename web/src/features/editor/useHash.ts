import { useSyncExternalStore } from 'react'

const follow = (changed: () => void) => {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

/** The fragment of the page's address, with its `#`. */
export const useHash = (): string => useSyncExternalStore(follow, () => location.hash)
