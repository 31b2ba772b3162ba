import { type LucideIcon, FileText, MessageSquare, Share2 } from 'lucide-react'
import { mayCreateDocuments } from '../../../rights'
import type { Me } from '../../people'
import { t } from '../messages'

const STEPS: readonly (readonly [shape: LucideIcon, title: string, text: string])[] = [
  [FileText, t.stepWrite, t.createADocumentOrBegin],
  [Share2, t.stepShare, t.chooseShareAboveTheText],
  [MessageSquare, t.stepReview, t.selectWordsToCommentOn],
]

/** The home page of a workspace without documents: what to do first. */
export function FirstSteps({ me }: { me: Me }) {
  if (!mayCreateDocuments(me.role)) return <div className="empty">{t.documentsSharedWithYouWill}</div>
  return (
    <section className="first-steps" aria-label={t.firstSteps}>
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
