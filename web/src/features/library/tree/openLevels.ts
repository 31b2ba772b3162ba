// Which spaces and pages are open in the tree, remembered on this device.
import { Store } from '../../../store'

const KEY = 'consilium.tree'

interface State {
  /** Ids of spaces and pages. */
  open: string[]
}

function read(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

class OpenLevels extends Store<State> {
  set open(ids: string[]) {
    localStorage.setItem(KEY, JSON.stringify(ids))
    this.set({ open: ids })
  }

  /** Opens what leads to a page. */
  reveal(ids: string[]): void {
    const missing = ids.filter((id) => !this.state.open.includes(id))
    if (missing.length > 0) this.open = [...this.state.open, ...missing]
  }
}

export const openLevels = new OpenLevels({ open: read() })
