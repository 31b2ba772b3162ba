import { Link } from 'wouter'
import { t } from '../messages'
import { useTitle } from '../title'

interface Props {
  title: string
  children: string
  /** The name of the link to the start. */
  onward?: string
}

/** A page with one message and a link. */
export function NoticePage({ title, children, onward = t.continue }: Props) {
  useTitle(title)
  return (
    <main className="welcome">
      <div className="told">
        <h1>{title}</h1>
        <p role="status">{children}</p>
        <Link href="/" className="button">{onward}</Link>
      </div>
    </main>
  )
}
