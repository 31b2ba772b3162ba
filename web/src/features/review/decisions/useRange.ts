import { useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { DecisionRange } from '../api'

const KINDS = ['comment', 'suggestion', 'approval'] as const

/** The range that the address of the page names, so that it can be sent to others. */
export function useRange(): [DecisionRange, (range: DecisionRange) => void] {
  const search = useSearch()
  const [path, go] = useLocation()
  const range = useMemo(() => {
    const query = new URLSearchParams(search)
    const text = (name: string) => query.get(name) ?? ''
    const day = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(text(name)) && !Number.isNaN(Date.parse(text(name))) ? text(name) : '')
    return { document: text('document'), person: text('person'), kind: KINDS.find((kind) => kind === text('kind')) ?? '', since: day('since'), until: day('until') } satisfies DecisionRange
  }, [search])
  const set = (next: DecisionRange) => {
    const query = new URLSearchParams(Object.entries(next).filter(([, value]) => value))
    go(query.size > 0 ? `${path}?${query}` : path, { replace: true })
  }
  return [range, set]
}
