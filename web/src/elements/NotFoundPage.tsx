import { Link } from 'wouter'
import { t } from '../messages'
import { PageHeader } from './PageHeader'

/** The page of an address that leads nowhere. */
export function NotFoundPage() {
  return (
    <main className="list">
      <PageHeader title={t.pageNotFound} />
      <div className="empty">
        <p>{t.thereIsNoPageAt}</p>
        <Link href="/" className="button primary">{t.goToHome}</Link>
      </div>
    </main>
  )
}
