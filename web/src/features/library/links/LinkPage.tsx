// The page of a link to a document: it asks for a name if there is no account, and for the link's password if it has
// one.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { AccountForm, type Field } from '../../people'
import { api } from '../api'
import { t } from '../messages'

const LEVELS: Record<string, string> = { view: t.youCanView, comment: t.youCanViewAndComment, edit: t.youCanViewAndEdit }

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
  if (link.isError) return <main className="welcome"><div className="told"><h1>{t.thisLinkNoLongerWorks}</h1><p>{t.itHasExpiredOrWas}</p></div></main>
  if (!link.data || !asks || asks.length === 0) return null
  return (
    <AccountForm<Field> title={link.data.title ?? t.sharedDocument} fields={asks} action={t.openDocument} submit={(values) => enter(values)}>
      <p>{LEVELS[link.data.level] ?? t.youCanView} {link.data.needs_name && t.othersWillSeeYourName}</p>
    </AccountForm>
  )
}
