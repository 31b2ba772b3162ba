import { Link } from 'wouter'

/** A page with one message and a link. */
export function NoticePage({ title, children }: { title: string; children: string }) {
  return (
    <main className="welcome">
      <div className="told">
        <h1>{title}</h1>
        <p role="status">{children}</p>
        <Link href="/" className="button">Go on</Link>
      </div>
    </main>
  )
}
