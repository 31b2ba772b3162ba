import type { ReactNode } from 'react'
import { useTitle } from '../title'

interface Props {
  title: string
  /** An emoji before the title. */
  icon?: string | null
  /** What can be done on the page. */
  children?: ReactNode
}

/** The heading of a page, which is also the title of the tab. */
export function PageHeader({ title, icon, children }: Props) {
  useTitle(title)
  return (
    <header>
      <h1>{icon && <span aria-hidden="true">{icon} </span>}{title}</h1>
      {children}
    </header>
  )
}
