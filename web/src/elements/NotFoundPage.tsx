import { Link } from 'wouter'
import { PageHeader } from './PageHeader'

/** The page of an address that leads nowhere. */
export function NotFoundPage() {
  return (
    <main className="list">
      <PageHeader title="Page not found" />
      <div className="empty">
        <p>There is no page at this address. It may have been moved or mistyped.</p>
        <Link href="/" className="button primary">Go to home</Link>
      </div>
    </main>
  )
}
