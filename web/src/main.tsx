import '@fontsource-variable/inter'
import '@fontsource-variable/source-serif-4'
import './styles/tokens.css'
import './styles/page.css'
import './styles/frame.css'
import './styles/print.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'
import { language } from './language/language'
import { refetchAfterReconnects } from './sync/refetch'
import { startTheme } from './theme'

startTheme()
document.documentElement.lang = language
// Only `sync/refetch.ts` reads data again after a reconnect.
// Without a network a call fails at once, instead of waiting for one.
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnReconnect: false, networkMode: 'always' }, mutations: { networkMode: 'always' } } })
refetchAfterReconnects(queries)
// Browsers have service workers only over TLS and on this machine; without one, pages do not load without the server.
if (import.meta.env.PROD) void navigator.serviceWorker?.register('/offline.js').catch(() => undefined)
const root = document.getElementById('root')
if (!root) throw new Error('index.html has a #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
