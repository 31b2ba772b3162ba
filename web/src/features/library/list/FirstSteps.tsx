import { type LucideIcon, FileText, MessageSquare, Share2 } from 'lucide-react'
import { mayCreateDocuments } from '../../../rights'
import type { Me } from '../../people'

const STEPS: readonly (readonly [shape: LucideIcon, title: string, text: string])[] = [
  [FileText, 'Write', 'Create a document, or begin with a template. It is saved as you type, also offline.'],
  [Share2, 'Share', 'Choose Share above the text to add people, or to make a link.'],
  [MessageSquare, 'Review', 'Select words to comment on them, and ask for approval when the text is ready.'],
]

/** The home page of a workspace without documents: what to do first. */
export function FirstSteps({ me }: { me: Me }) {
  if (!mayCreateDocuments(me.role)) return <div className="empty">Documents shared with you will appear here.</div>
  return (
    <section className="first-steps" aria-label="First steps">
      {STEPS.map(([Shape, title, text]) => (
        <div key={title} className="card">
          <Shape size={20} strokeWidth={1.75} aria-hidden="true" />
          <h2>{title}</h2>
          <p className="hint">{text}</p>
        </div>
      ))}
    </section>
  )
}
