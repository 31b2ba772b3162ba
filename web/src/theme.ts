// The theme that the user chose on this device: light, dark, or the same as the system.
const KEY = 'consilium:theme'
const system = () => matchMedia('(prefers-color-scheme: dark)')

export type Theme = 'light' | 'dark' | 'system'

export function theme(): Theme {
  const chosen = localStorage.getItem(KEY)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

function applyTheme(): void {
  const chosen = theme()
  document.documentElement.dataset.theme = chosen === 'system' ? (system().matches ? 'dark' : 'light') : chosen
}

export function chooseTheme(chosen: Theme): void {
  if (chosen === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, chosen)
  applyTheme()
}

export const toggleTheme = (): void => chooseTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')

/** Applies the theme now, and when the system changes its own. */
export function startTheme(): void {
  applyTheme()
  system().addEventListener('change', applyTheme)
}
