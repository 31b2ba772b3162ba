// Light or dark: the user's choice on this device, or else the system's.
const KEY = 'consilium:theme'
const system = matchMedia('(prefers-color-scheme: dark)')

export function applyTheme(): void {
  const theme = localStorage.getItem(KEY) ?? (system.matches ? 'dark' : 'light')
  document.documentElement.dataset.theme = theme
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')
  applyTheme()
}

system.addEventListener('change', applyTheme)
