// The names of keys, as they are on this machine's keyboard.
import { t } from './messages'

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)
const NAMES: Record<string, string> = isMac
  ? { Mod: '⌘', Alt: '⌥', Shift: '⇧', Enter: t.keyEnter, Esc: 'Esc', Tab: t.keyTab, Up: '↑', Down: '↓' }
  : { Mod: t.keyCtrl, Alt: 'Alt', Shift: t.keyShift, Enter: t.keyEnter, Esc: 'Esc', Tab: t.keyTab, Up: '↑', Down: '↓' }

/** `Mod-Alt-1` → "Ctrl+Alt+1" or "⌘⌥1" */
export const keyName = (keys: string): string => keys.split('-').map((key) => NAMES[key] ?? key.toUpperCase()).join(isMac ? '' : '+')

/** For `aria-keyshortcuts`. */
export const ariaKeys = (keys: string): string => keys.replace('Mod', isMac ? 'Meta' : 'Control').replace('Up', 'ArrowUp').replace('Down', 'ArrowDown').replaceAll('-', '+')

export const withKeys = (label: string, keys: string | undefined): string => (keys ? `${label} (${keyName(keys)})` : label)
