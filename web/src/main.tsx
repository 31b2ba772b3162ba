import '@fontsource-variable/inter'
import '@fontsource-variable/source-serif-4'
import './styles/tokens.css'
import './styles/page.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'
import { live } from './sync/live'
import { applyTheme } from './theme'

applyTheme()
// Everything on the page may have changed while it had no connection, so it is read again. Only `live` does that.
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnReconnect: false } } })
live.onReconnect(() => void queries.invalidateQueries())
addEventListener('online', () => live.reconnected())
const root = document.getElementById('root')
if (!root) throw new Error('index.html has a #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
