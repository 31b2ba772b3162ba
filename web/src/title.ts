// The title of the tab: the page, then the workspace. "Plan – Acme".
import { useEffect } from 'react'

let page = ''
let workspace = ''

const write = (): void => {
  // not a text: the name of the product
  document.title = [page, workspace || 'Consilium'].filter(Boolean).join(' – ')
}

/** Names the page that is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    page = title
    write()
  }, [title])
}

/** Names the workspace that all pages are in. */
export function useWorkspaceTitle(name: string): void {
  useEffect(() => {
    workspace = name
    write()
  }, [name])
}
