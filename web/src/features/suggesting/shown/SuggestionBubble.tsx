// Beside a suggestion that was clicked in the text: what it does, and the decision about it.
import { Check, MessageSquare, X } from 'lucide-react'
import { type Right, mayEdit } from '../../../rights'
import type { SuggestionView } from '../api'
import { useDecide } from '../decisions'
import { t } from '../messages'
import { Summary } from '../panel/Summary'
import { STANDS } from './words'

interface Props {
  document: string
  suggestion: SuggestionView
  me: string
  right: Right | null | undefined
  onDiscuss: () => void
  onClose: () => void
}

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

export function SuggestionBubble({ document, suggestion, me, right, onDiscuss, onClose }: Props) {
  const { id, author, author_name: name, stands = 'stands' } = suggestion
  const decide = useDecide(document)
  const run = (verdict: Parameters<typeof decide.mutate>[0]['verdict']) => decide.mutate({ id, verdict }, { onSuccess: onClose })
  return (
    <>
      <div className="what"><strong>{author === me ? t.you : name}</strong><Summary suggestion={suggestion} /></div>
      {stands !== 'stands' && <small>{STANDS[stands]}</small>}
      {decide.error && <small role="alert">{decide.error.message}</small>}
      <div className="row">
        {mayEdit(right) && <button type="button" className="button" disabled={decide.isPending || stands !== 'stands'} onClick={() => run({ act: 'accept' })}><Check {...icon} />{t.accept}</button>}
        {mayEdit(right) && author !== me && <button type="button" className="button quiet" disabled={decide.isPending} onClick={() => run({ act: 'reject', note: '' })}><X {...icon} />{t.reject}</button>}
        {author === me && <button type="button" className="button quiet" disabled={decide.isPending} onClick={() => run({ act: 'withdraw' })}><X {...icon} />{t.withdraw}</button>}
        <button type="button" className="button quiet" onClick={onDiscuss}><MessageSquare {...icon} />{t.discuss}</button>
      </div>
    </>
  )
}
