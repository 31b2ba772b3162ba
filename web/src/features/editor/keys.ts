// The names of keys, as they are on this machine's keyboard.

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)
const NAMES: Record<string, string> = isMac
  ? { Mod: '⌘', Alt: '⌥', Shift: '⇧', Up: '↑', Down: '↓' }
  : { Mod: 'Ctrl', Up: '↑', Down: '↓' }

/** `Mod-Alt-1` → "Ctrl+Alt+1" or "⌘⌥1" */
export const keyName = (keys: string): string => keys.split('-').map((key) => NAMES[key] ?? key.toUpperCase().replace(/^(ALT|SHIFT|ENTER|ESC|TAB)$/, (word) => word[0] + word.slice(1).toLowerCase())).join(isMac ? '' : '+')

/** For `aria-keyshortcuts`. */
export const ariaKeys = (keys: string): string => keys.replace('Mod', isMac ? 'Meta' : 'Control').replace('Up', 'ArrowUp').replace('Down', 'ArrowDown').replaceAll('-', '+')

export const withKeys = (label: string, keys: string | undefined): string => (keys ? `${label} (${keyName(keys)})` : label)
