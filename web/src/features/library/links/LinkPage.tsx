// The page of a link to a document: it asks for a name if there is no account, and for the link's password if it has
// one.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { AccountForm, type Field } from '../../people'
import { api } from '../api'

const LEVELS: Record<string, string> = { view: 'view', comment: 'view and comment', edit: 'view and edit' }

export function LinkPage() {
  const token = location.hash.slice(1)
  const link = useQuery({ queryKey: ['link', token], queryFn: () => api.lookAtLink(token), retry: false })
  const queries = useQueryClient()
  const [, go] = useLocation()
  const entered = useRef(false)
  const enter = async (values: { name?: string; linkPassword?: string }) => {
    const { document_id } = await api.enterLink({ token, name: values.name, password: values.linkPassword })
    await queries.resetQueries()
    go(`/documents/${document_id}`, { replace: true })
  }
  const asks = link.data ? [...(link.data.needs_name ? ['name' as const] : []), ...(link.data.needs_password ? ['linkPassword' as const] : [])] : null
  useEffect(() => {
    if (asks?.length !== 0 || entered.current) return
    entered.current = true
    void enter({})
  })
  if (link.isError) return <main className="welcome"><div className="told"><h1>This link no longer works</h1><p>It has expired or was turned off. Ask the person who sent it for a new one.</p></div></main>
  if (!link.data || !asks || asks.length === 0) return null
  return (
    <AccountForm<Field> title={link.data.title ?? 'Shared document'} fields={asks} action="Open document" submit={(values) => enter(values)}>
      <p>You can {LEVELS[link.data.level] ?? link.data.level}.{link.data.needs_name && ' Others will see your name.'}</p>
    </AccountForm>
  )
}
