import '@fontsource-variable/inter'
import '@fontsource-variable/source-serif-4'
import './styles/tokens.css'
import './styles/page.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'
import { refetchAfterReconnects } from './sync/refetch'
import { applyTheme } from './theme'

applyTheme()
// What may have changed is read again by `refetch` alone.
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnReconnect: false } } })
refetchAfterReconnects(queries)
const root = document.getElementById('root')
if (!root) throw new Error('index.html has a #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
